-- Put work off: its lease ends after `delay` ms, and the reconciler brings it back. `forget`: the attempt is not held
-- against it. Taking the count away first also lets the rest pass on a full server.
local ledger, document, attempts = unpack(KEYS)
local stage, id, revision, delay, message, forget = unpack(ARGV)

if not held(ledger, document, stage, id, revision) then
  return 0
end
if forget == '1' then
  redis.call('HDEL', attempts, stage .. ':' .. id)
end
redis.call('ZADD', ledger, 'XX', now_ms() + delay, id)
redis.call('HSET', document, stage .. ':error', message)
return 1
