-- May this poll begin? Never beside another, and not before it is due, which it is no more if it was settled while a second
-- message of it waited; unless a person asks for it.
local schedule, claims, running, begun = unpack(KEYS)
local name, lease, asked = unpack(ARGV)

local now = now_ms()
local due = redis.call('ZSCORE', schedule, name)
if now < tonumber(redis.call('ZSCORE', running, name) or 0) or asked == '' and due and now < tonumber(due) then
  return 0
end
if due or redis.call('ZSCORE', claims, name) then
  redis.call('ZREM', schedule, name)
  redis.call('ZADD', claims, now + lease, name)
end
redis.call('ZADD', running, now + lease, name)
redis.call('HINCRBY', begun, name, 1)
return 1
