-- A source is due now, or when its server allows. One that is being polled is left alone.
local schedule, claims, source = unpack(KEYS)
local name = ARGV[1]

local now = now_ms()
local due = math.max(now, tonumber(redis.call('HGET', source, 'held') or 0))
if not redis.call('ZSCORE', claims, name) then
  redis.call('ZADD', schedule, 'XX', due, name)
  redis.call('HSET', source, 'next', due)
end
return redis.status_reply('OK')
