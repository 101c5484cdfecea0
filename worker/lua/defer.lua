-- Put work off: its lease ends after `delay` ms, and the reconciler brings it back. `forget`: the attempt is not held
-- against it, but those before it are. Taking the count away first also lets the rest pass on a full server.
local ledger, document, attempts = unpack(KEYS)
local stage, id, revision, delay, message, forget = unpack(ARGV)

if not held(ledger, document, stage, id, revision) then
  return 0
end
if forget == '1' then
  local begun = tonumber(redis.call('HGET', attempts, stage .. ':' .. id) or 0)
  redis.call('HDEL', attempts, stage .. ':' .. id)
  if begun > 1 then
    redis.call('HSET', attempts, stage .. ':' .. id, begun - 1)
  end
end
redis.call('ZADD', ledger, 'XX', now_ms() + delay, id)
redis.call('HSET', document, stage .. ':error', message)
return 1
