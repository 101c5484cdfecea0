-- May this poll begin? Never beside another, and not before it is due, which it is no more if it was settled while a second
-- message of it waited; a person may ask for it earlier, but not while its server wants to be left alone.
local schedule, claims, running, begun, source = unpack(KEYS)
local name, lease, asked = unpack(ARGV)

local now = now_ms()
local due = redis.call('ZSCORE', schedule, name)
local earliest = asked == '1' and redis.call('HGET', source, 'held') or asked == '' and due or 0
if now < tonumber(redis.call('ZSCORE', running, name) or 0) or now < tonumber(earliest or 0) then
  return 0
end
if due or redis.call('ZSCORE', claims, name) then
  redis.call('ZREM', schedule, name)
  redis.call('ZADD', claims, now + lease, name)
end
redis.call('ZADD', running, now + lease, name)
redis.call('HINCRBY', begun, name, 1)
return 1
