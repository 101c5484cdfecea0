-- Ask nothing of this host for `hold` ms; a longer hold stays.
local host = KEYS[1]
local hold = tonumber(ARGV[1])

local until_ = now_ms() + hold
if until_ > tonumber(redis.call('HGET', host, 'hold') or 0) then
  redis.call('HSET', host, 'hold', until_)
end
if redis.call('PTTL', host) < hold then
  redis.call('PEXPIRE', host, hold)
end
return 1
