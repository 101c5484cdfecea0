-- A host was reached, or was not: is our own network to blame? It is when `hosts` of them in a row were not reached, or so
-- many and most of those that were tried within `window` ms. Hosts are counted, not sources, so that one broken host with
-- many feeds is no outage. Gives what that makes of it, and the sources that were blamed for it until now.
local network, unreached, reached, suspects = unpack(KEYS)
local host, name, answered, hosts, window, memory, probe = unpack(ARGV)
hosts, window = tonumber(hosts), tonumber(window)

local now = now_ms()
local open = redis.call('HEXISTS', network, 'since') == 1
if answered == '1' then
  redis.call('ZREM', unreached, host)
  redis.call('ZREM', suspects, name)
  redis.call('ZADD', reached, now, host)
  redis.call('PEXPIRE', reached, memory)
  if open then
    redis.call('DEL', network, unreached, suspects)
    return {'closed'}
  end
  return {'up'}
end
if open then
  return {'down'}
end
redis.call('ZREM', reached, host)
redis.call('ZADD', unreached, now, host)
redis.call('ZADD', suspects, now, name)
for _, key in ipairs({unreached, reached, suspects}) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - memory)
  redis.call('PEXPIRE', key, memory)
end
local last = redis.call('ZRANGE', reached, -1, -1, 'WITHSCORES')[2] or '-inf'
local row = redis.call('ZCOUNT', unreached, '(' .. last, '+inf')
local bad = redis.call('ZCOUNT', unreached, now - window, '+inf')
local good = redis.call('ZCOUNT', reached, now - window, '+inf')
if row < hosts and (bad < hosts or bad <= good) then
  return {'up'}
end
redis.call('HSET', network, 'since', now, 'probe', now + probe)
local blamed = redis.call('ZRANGE', suspects, 0, -1)
redis.call('DEL', suspects)
return {'opened', unpack(blamed)}
