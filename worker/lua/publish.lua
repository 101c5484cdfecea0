-- All records of an article revision, what is then known of its events, and its end in the ledger, in one step; nothing if
-- it is not unfinished work.
local ledger, document, attempts, seen, counts, happenings, reports = unpack(KEYS, 1, 7)
local id, revision, retention, maxlen, memory, records, changes = unpack(ARGV, 1, 7)
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
local at = 8
for _ = 1, records do
  local stream, event, size = KEYS[tonumber(ARGV[at])], ARGV[at + 1], tonumber(ARGV[at + 2])
  last[stream] = redis.call('XADD', stream, '*', unpack(ARGV, at + 3, at + 2 + size))
  if event ~= '' then
    -- Where the article told of the event last; a revision that tells no more of it reads it there.
    redis.call('HSET', reports, event, last[stream])
  end
  at = at + 3 + size
end

local function forget(event, happening)
  redis.call('DEL', happening)
  redis.call('ZREM', happenings, event)
end

for _ = 1, changes do
  local kind, event, happening, value, shelves = unpack(ARGV, at, at + 4)
  redis.call('HINCRBY', counts, kind, 1)
  if kind == 'unmentioned' or kind == 'retracted' then
    redis.call('HDEL', reports, event)
  end
  if value == '' then
    forget(event, KEYS[tonumber(happening)])
  else
    redis.call('SET', KEYS[tonumber(happening)], value, 'EX', memory)
    redis.call('ZADD', happenings, now_ms(), event)
  end
  for i = at + 5, at + 4 + shelves do
    local shelf = KEYS[tonumber(ARGV[i])]
    redis.call('SADD', shelf, event)
    redis.call('EXPIRE', shelf, memory)
  end
  at = at + 5 + shelves
end
redis.call('EXPIRE', reports, memory)
-- The rest are those that have become too many.
for i = at, #ARGV, 2 do
  forget(ARGV[i], KEYS[tonumber(ARGV[i + 1])])
end

redis.call('HSET', seen, 'done', revision)
redis.call('HINCRBY', counts, 'published', 1)
settle(ledger, document, attempts, seen, 'extract', id, retention, false)
for stream, entry in pairs(last) do
  trim(stream, entry)
end
return 1
