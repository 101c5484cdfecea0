-- May a request to this host begin now? A bucket of tokens, of which one comes back every `apart` ms, and at most
-- `at_once` requests on their way. With a burst of one, a request stands so far behind the one before, whatever that was.
-- Gives 0 and takes the slot, or the ms to wait. Those who wait are told different times, one behind the other, so that
-- they do not all come back at once; `longest` is the end of that queue. What is noted of the host is kept for `memory` ms.
local host, slots = unpack(KEYS)
local name = ARGV[1]
local apart, at_once, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lease, longest, memory = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

local now = now_ms()
local known = redis.call('HMGET', host, 'hold', 'due', 'promised', 'last', 'apart')
local hold, due, promised = tonumber(known[1] or 0), tonumber(known[2] or 0), tonumber(known[3] or 0)
if hold > now then
  return hold - now
end

redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
-- What came before may have been a feed, which costs less: a page behind two of them would be a third at once.
local wait = due - (burst - 1) * math.min(apart, tonumber(known[5] or apart)) - now
if burst == 1 then
  wait = math.max(wait, tonumber(known[4] or 0) + apart - now)
end
if wait <= 0 and redis.call('ZCARD', slots) >= at_once then
  wait = apart
end
if wait > 0 then
  local turn = math.max(now + wait, promised + apart)
  if turn > now + longest then
    turn = now + wait
  end
  redis.call('HSET', host, 'promised', turn)
  redis.call('PEXPIRE', host, math.max(turn, due) - now + memory)
  return turn - now
end

due = math.max(now, due) + apart
redis.call('ZADD', slots, now + lease, name)
redis.call('PEXPIRE', slots, lease)
redis.call('HSET', host, 'due', due, 'last', now, 'apart', apart)
redis.call('PEXPIRE', host, math.max(due, promised) - now + memory)
return 0
