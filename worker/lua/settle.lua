-- A poll is over: its source is due after `wait` ms again, if it still is on the schedule. Without a fetch, nothing was asked.
local schedule, claims, running, begun, source, fetches = unpack(KEYS)
local name, wait, keep, retention, fetch = unpack(ARGV)

local scheduled = redis.call('ZSCORE', schedule, name) or redis.call('ZSCORE', claims, name)
redis.call('ZREM', claims, name)
redis.call('ZREM', running, name)
redis.call('HDEL', begun, name)
local due = now_ms() + wait
redis.call('HSET', source, 'next', due, unpack(ARGV, 6))
if fetch ~= '' then
  redis.call('LPUSH', fetches, fetch)
  redis.call('LTRIM', fetches, 0, keep - 1)
end
if scheduled then
  redis.call('ZADD', schedule, due, name)
  redis.call('PERSIST', source)
  redis.call('PERSIST', fetches)
else
  redis.call('EXPIRE', source, retention)
  redis.call('EXPIRE', fetches, retention)
end
return redis.status_reply('OK')
