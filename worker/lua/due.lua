-- Is this source to be polled now? If so, its next poll is set at once: however many schedulers ask, one is told yes.
local source = KEYS[1]
local interval = ARGV[1]

local now = now_ms()
if now < tonumber(redis.call('HGET', source, 'next') or 0) then
  return 0
end
redis.call('HSET', source, 'next', now + interval)
return 1
