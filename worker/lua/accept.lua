-- Take work into the ledger of a stage, unless it is known; its article is filed under all its names, and its text among
-- those that may be the same story. `again`: the caller did not know who has a name, or that there are texts with a band in
-- common with this one, whose marks are given, each as often as it has one.
local ledger, document, seen, counts, attempts, fetch, fetch_document, fetch_seen, wording, texts, text = unpack(KEYS, 1, 11)
local stage, id, payload, digest, lease, retention, fetched, fetch_id = unpack(ARGV, 1, 8)
local source, about, verdict, mark, bands, kept, known_marks = unpack(ARGV, 9, 15)
local prefix, text_prefix, most, story_seconds, story_max = unpack(ARGV, 16, 20)
local NAMES, OWNERS = 11, 20 -- the names come behind so many keys, who had them behind so many arguments
-- Texts that are forgotten at most for one that comes, so that a smaller `stories_max` stalls nobody.
local FORGOTTEN = 4

if fetched ~= '' and not held(fetch, fetch_document, 'fetch', fetch_id, fetched) then
  return {'gone', 0, ''}
end
for i = NAMES + 1, #KEYS do
  if (redis.call('GET', KEYS[i]) or '') ~= ARGV[OWNERS + i - NAMES] then
    return {'again', 0, ''}
  end
end

-- Two feeds that tell one address in two summaries would have it fetched at each poll: each has its own.
local field = stage == 'fetch' and 'summary:' .. source or stage
local known = redis.call('HGET', seen, field)
local owner = stage == 'extract' and redis.call('GET', wording)
local waiting = redis.call('ZSCORE', ledger, id)
local fetched_for_another = stage == 'fetch' and not known
  and (redis.call('HEXISTS', seen, 'fetched') == 1 or redis.call('HEXISTS', seen, 'extract') == 1)

local function leave_fetch()
  if fetched ~= '' then
    settle(fetch, fetch_document, attempts, fetch_seen, 'fetch', fetch_id, retention, false)
  end
end

local function remember()
  for i = NAMES + 1, #KEYS do
    local had = ARGV[OWNERS + i - NAMES]
    if had == '' or had == id or had == fetch_id then
      redis.call('SET', KEYS[i], id, 'EX', retention)
    end
  end
  if about ~= '' then
    redis.call('HSET', seen, 'about', about)
  end
  redis.call('EXPIRE', seen, retention)
end

if redis.call('HEXISTS', seen, 'forgotten') == 1 then
  remember()
  leave_fetch()
  redis.call('HINCRBY', counts, 'forgotten', 1)
  return {'forgotten', 0, ''}
end

-- A text that this id had before is no revision: two sources that give one address in two wordings would
-- revise each other for ever.
if known == digest or owner or fetched_for_another then
  if owner then
    redis.call('EXPIRE', wording, retention)
  end
  if owner and owner ~= id then
    redis.call('EXPIRE', seen, retention)
  else
    remember()
  end
  if fetched_for_another then
    redis.call('HSET', seen, field, digest)
    redis.call('EXPIRE', seen, retention)
  end
  leave_fetch()
  if known == digest and waiting then
    return {'pending', 0, ''}
  end
  redis.call('HINCRBY', counts, 'duplicate', 1)
  if owner and owner ~= id then
    return {'duplicate_of', 0, owner}
  end
  return {'duplicate', 0, ''}
end

if verdict ~= '' then
  remember()
  leave_fetch()
  redis.call('HINCRBY', counts, verdict, 1)
  return {verdict, 0, ''}
end

-- It was thought to be known, and is not any more.
if payload == '' then
  return {'again', 0, ''}
end
local told = {[mark] = true}
for other in string.gmatch(known_marks, '%S+') do
  told[other] = true
end
local filed, unknown = {}, {}
for place = 1, #bands, BAND do
  local key, field = shard(prefix, bands, place)
  local members = redis.call('HGET', key, field)
  filed[#filed + 1] = {key, field, members}
  for other in string.gmatch(members or '', '%S+') do
    unknown[#unknown + 1] = not told[other] and other or nil
  end
end
if #unknown > 0 then
  return {'again', 0, table.concat(unknown, ' ')}
end

redis.call('HSET', seen, field, digest)
local revision = redis.call('HINCRBY', seen, stage .. ':revision', 1)
remember()
leave_fetch()
redis.call('HSET', document, stage, payload, stage .. ':revision', revision)
redis.call('HDEL', document, stage .. ':error')
redis.call('PERSIST', document)
redis.call('HDEL', attempts, stage .. ':' .. id)
redis.call('ZADD', ledger, now_ms() + lease, id)
if fetched == '' then
  redis.call('HINCRBY', counts, 'accepted', 1)
end
if stage ~= 'extract' then
  redis.call('HSET', seen, 'fetched', 1)
  return {'new', revision, ''}
end

-- From here on: the text, as it is kept for its next revision and for other texts of the same story.
redis.call('SET', wording, id, 'EX', retention)
if kept == '' then
  return {'new', revision, ''}
end

forget_text(texts, mark, prefix, text_prefix)
for _, place in ipairs(filed) do
  local key, field, had = unpack(place)
  local members, number = mark, 1
  for other in string.gmatch(had or '', '%S+') do
    if other ~= mark and number < tonumber(most) then
      members, number = members .. ' ' .. other, number + 1
    end
  end
  redis.call('HSET', key, field, members)
end
redis.call('SET', text, kept)
redis.call('ZADD', texts, now_ms(), mark)
local old = now_ms() - story_seconds * 1000
local excess = redis.call('ZCARD', texts) - story_max
local oldest = redis.call('ZRANGE', texts, 0, FORGOTTEN - 1, 'WITHSCORES')
for i = 1, #oldest, 2 do
  if (i + 1) / 2 <= excess or tonumber(oldest[i + 1]) < old then
    forget_text(texts, oldest[i], prefix, text_prefix)
  end
end
return {'new', revision, ''}
