-- Put sources on the schedule that are not on it: a new one after its offset, one that was on it before when it was due.
-- One that moved is due after its offset too, one whose interval was changed a new interval after its last poll; but none
-- sooner than its server allows.
local schedule, claims = KEYS[1], KEYS[2]

local now = now_ms()
for i = 3, #KEYS do
  local source, at = KEYS[i], (i - 3) * 4
  local name, url, interval, offset = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
  local known = redis.call('HMGET', source, 'address', 'interval', 'next', 'last', 'held')
  local due = tonumber(known[3] or now + offset)
  local moved = known[1] and known[1] ~= url
  local changed = known[2] and known[2] ~= interval
  if moved or changed and not tonumber(interval) then
    due = now + offset
  elseif changed then
    due = (known[4] or now) + interval
  end
  due = math.max(due, tonumber(known[5] or 0))
  local on = redis.call('ZSCORE', schedule, name)
  if not redis.call('ZSCORE', claims, name) and (not on or moved or changed) then
    redis.call('ZADD', schedule, due, name)
    redis.call('HSET', source, 'next', due)
  end
  redis.call('HSET', source, 'address', url, 'interval', interval)
  redis.call('PERSIST', source)
end
return redis.status_reply('OK')
