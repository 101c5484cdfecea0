-- Which sources are to be polled now? Each is told to one caller only, who answers for it until its poll is settled or
-- the lease ends. Not an answer: the list of sources is not the one that is scheduled. While our network is down, one
-- source is told now and then, to see whether it is back.
local schedule, claims, running, begun, list, network = unpack(KEYS)
local digest, lease, most, longest, probe = unpack(ARGV)
lease, most, longest = tonumber(lease), tonumber(most), tonumber(longest)

if redis.call('GET', list) ~= digest then
  return false
end
local now = now_ms()

-- A message that was lost is sent again at once. A poll that took its worker with it comes back too, later each time.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', claims, '-inf', now)) do
  local kills = tonumber(redis.call('HGET', begun, name) or 0)
  local wait = kills > 1 and math.min(lease * 2 ^ math.min(kills - 1, 20), longest) or 0
  redis.call('ZREM', claims, name)
  redis.call('ZREM', running, name)
  redis.call('ZADD', schedule, now + wait, name)
end

most = most - redis.call('ZCARD', claims)
if redis.call('HEXISTS', network, 'since') == 1 then
  if now < tonumber(redis.call('HGET', network, 'probe') or 0) then
    return {}
  end
  most = math.min(most, 1)
end
if most < 1 then
  return {}
end
local names = redis.call('ZRANGEBYSCORE', schedule, '-inf', now, 'LIMIT', 0, most)
for _, name in ipairs(names) do
  redis.call('ZREM', schedule, name)
  redis.call('ZADD', claims, now + lease, name)
end
if #names > 0 and redis.call('HEXISTS', network, 'since') == 1 then
  redis.call('HSET', network, 'probe', now + probe)
end
return names
