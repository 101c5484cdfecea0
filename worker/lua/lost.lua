-- Work past its lease, which is renewed at once, so that nobody else brings it back too. While messages wait, such work
-- is most likely among them: then only a trickle of what is far overdue.
local ledger, queue, unacked = unpack(KEYS)
local limit, trickle, lease, quiet, overdue = unpack(ARGV)

local now = now_ms()
local before, most = now, limit
if redis.call('LLEN', queue) + redis.call('HLEN', unacked) > tonumber(quiet) then
  before, most = now - overdue, trickle
end
local ids = redis.call('ZRANGEBYSCORE', ledger, '-inf', before, 'LIMIT', 0, most)
for _, id in ipairs(ids) do
  redis.call('ZADD', ledger, 'XX', now + lease, id)
end
return ids
