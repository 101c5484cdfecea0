-- All records of an article revision and its end in the ledger, in one step; nothing if it is not unfinished work.
local ledger, document, attempts, seen, counts = unpack(KEYS, 1, 5)
local id, revision, retention, maxlen = unpack(ARGV, 1, 4)
-- The server keeps entries in nodes of at most 100, and `~` drops whole nodes only.
local NODE = 100

if not held(ledger, document, 'extract', id, revision) then
  return 0
end

local function number(entry)
  local ms, seq = string.match(entry, '(%d+)-(%d+)')
  return tonumber(ms), tonumber(seq)
end

local function before(one, other)
  local ms, seq = number(one)
  local other_ms, other_seq = number(other)
  return ms < other_ms or (ms == other_ms and seq < other_seq)
end

-- The last entry that every registered group was given; false without groups.
local function read_by_all(stream)
  local slowest = false
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    for i = 1, #group, 2 do
      if group[i] == 'last-delivered-id' and (not slowest or before(group[i + 1], slowest)) then
        slowest = group[i + 1]
      end
    end
  end
  return slowest
end

local function trim(stream, last)
  local old = string.format('%d-0', math.max(0, now_ms() - retention * 1000))
  local excess = redis.call('XLEN', stream) - maxlen
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1]
  if excess < NODE and not before(oldest, old) then
    return
  end
  local slowest = read_by_all(stream)
  local safe = slowest or last
  if excess >= NODE then
    excess = excess - redis.call('XTRIM', stream, 'MINID', '~', safe, 'LIMIT', excess)
  end
  redis.call('XTRIM', stream, 'MINID', '~', before(safe, old) and safe or old)
  local unread = slowest and before(slowest, old)
    and redis.call('XRANGE', stream, '(' .. slowest, '(' .. old, 'COUNT', 1)[1]
  if unread or (slowest and excess >= NODE) then
    redis.call('HINCRBY', counts, 'trim_held', 1)
  end
end

local last = {}
local at = 5
while at <= #ARGV do
  local stream, size = KEYS[tonumber(ARGV[at])], tonumber(ARGV[at + 1])
  last[stream] = redis.call('XADD', stream, '*', unpack(ARGV, at + 2, at + 1 + size))
  at = at + 2 + size
end
redis.call('HSET', seen, 'done', revision)
redis.call('HINCRBY', counts, 'published', 1)
settle(ledger, document, attempts, seen, 'extract', id, retention, false)
for stream, entry in pairs(last) do
  trim(stream, entry)
end
return 1
