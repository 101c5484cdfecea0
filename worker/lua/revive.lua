-- Begin given-up work anew, as it was kept, with no attempt counted; its letter is taken out. The stage that it waits for, or
-- nothing where no document was kept.
local fetch, extract, document, attempts, dead = unpack(KEYS)
local id, lease, letter = unpack(ARGV)

for stage, ledger in pairs({extract = extract, fetch = fetch}) do
  if redis.call('HEXISTS', document, stage) == 1 then
    if not redis.call('ZSCORE', ledger, id) then
      redis.call('PERSIST', document)
      redis.call('HDEL', document, stage .. ':error')
      redis.call('HDEL', attempts, stage .. ':' .. id)
      redis.call('ZADD', ledger, now_ms() + lease, id)
    end
    redis.call('XDEL', dead, letter)
    return stage
  end
end
return ''
