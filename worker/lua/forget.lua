-- Take an article out for good: out of the ledgers, its text out of the shards. What it was known by stays, so that it is
-- known again and not accepted.
local fetch, extract, document, attempts, seen, texts, counts = unpack(KEYS)
local id, mark, prefix, text_prefix = unpack(ARGV)

if redis.call('EXISTS', seen) == 0 then
  return 0
end
redis.call('ZREM', fetch, id)
redis.call('ZREM', extract, id)
redis.call('HDEL', attempts, 'fetch:' .. id, 'extract:' .. id)
redis.call('DEL', document)
forget_text(texts, mark, prefix, text_prefix)
redis.call('HSET', seen, 'forgotten', 1)
return 1
