-- Take a letter out of the dead letters, and what was kept of its work, unless that is at work again.
local fetch, extract, document, attempts, dead = unpack(KEYS)
local id, letter = unpack(ARGV)

for stage, ledger in pairs({extract = extract, fetch = fetch}) do
  if not redis.call('ZSCORE', ledger, id) then
    redis.call('HDEL', document, stage, stage .. ':revision', stage .. ':error')
  end
end
return redis.call('XDEL', dead, letter)
