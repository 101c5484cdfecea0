-- Give work up: a dead letter in, the ledger entry out. The document stays until `retention`, so that it can be tried
-- again.
local ledger, document, attempts, seen, counts, dead = unpack(KEYS)
local stage, id, revision, retention, maxlen, reason = unpack(ARGV)

if not held(ledger, document, stage, id, revision) then
  return 0
end
redis.call('XADD', dead, 'MAXLEN', '~', maxlen, '*', unpack(ARGV, 7))
redis.call('HINCRBY', counts, 'dead', 1)
redis.call('HINCRBY', counts, 'rejected:' .. reason, 1)
settle(ledger, document, attempts, seen, stage, id, retention, true)
return 1
