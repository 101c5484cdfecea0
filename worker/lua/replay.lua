-- Forget what an article was accepted with, but not what it is called and how often it was revised.
local fetch, extract, document, attempts, seen = unpack(KEYS)
local names = ARGV[1]

if redis.call('EXISTS', seen) == 0 then
  return 0
end
local wording = redis.call('HGET', seen, 'extract')
if wording then
  redis.call('DEL', names .. wording)
end
for _, field in ipairs(redis.call('HKEYS', seen)) do
  if string.find(field, '^summary:') then
    redis.call('HDEL', seen, field)
  end
end
redis.call('HDEL', seen, 'extract', 'fetched', 'forgotten', 'dead')
return 1
