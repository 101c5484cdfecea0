-- Take work into the ledger of a stage, unless it is known. With a fetch revision it comes from the ledger of fetch.
local ledger, document, seen, owner_key, counts, attempts, fetch = unpack(KEYS)
local stage, id, payload, digest, lease, retention, fetched = unpack(ARGV)

if fetched ~= '' and not held(fetch, document, 'fetch', id, fetched) then
  return {'gone', 0, ''}
end
local known = redis.call('HGET', seen, stage)
local owner = stage == 'extract' and redis.call('GET', owner_key)
local waiting = redis.call('ZSCORE', ledger, id)

local function leave_fetch()
  if fetched ~= '' then
    settle(fetch, document, attempts, seen, 'fetch', id, retention, false)
  end
end

-- A text that this id had before is no revision: two sources that give one address in two wordings would
-- revise each other for ever.
if known == digest or owner then
  redis.call('EXPIRE', seen, retention)
  if owner then
    redis.call('EXPIRE', owner_key, retention)
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

redis.call('HSET', seen, stage, digest)
local revision = redis.call('HINCRBY', seen, stage .. ':revision', 1)
leave_fetch()
redis.call('HSET', document, stage, payload, stage .. ':revision', revision)
redis.call('HDEL', document, stage .. ':error')
redis.call('PERSIST', document)
redis.call('EXPIRE', seen, retention)
if stage == 'extract' then
  redis.call('SET', owner_key, id, 'EX', retention)
end
redis.call('HDEL', attempts, stage .. ':' .. id)
redis.call('ZADD', ledger, now_ms() + lease, id)
if fetched == '' then
  redis.call('HINCRBY', counts, 'accepted', 1)
end
return {'new', revision, ''}
