-- A dead letter for what never came into the ledger; once for the same cause, however often its source offers it.
local seen, counts, dead = unpack(KEYS)
local retention, maxlen, reason = unpack(ARGV)

if redis.call('HSETNX', seen, 'dead', 1) == 0 then
  redis.call('EXPIRE', seen, retention)
  return 0
end
redis.call('EXPIRE', seen, retention)
redis.call('XADD', dead, 'MAXLEN', '~', maxlen, '*', unpack(ARGV, 4))
redis.call('HINCRBY', counts, 'dead', 1)
redis.call('HINCRBY', counts, 'rejected:' .. reason, 1)
return 1
