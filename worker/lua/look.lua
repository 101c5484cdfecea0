-- Who has these names, and which texts have a band in common with this one, those with most bands in front.
-- The shards are in the slot of the names: all keys have one prefix.
local prefix, shards, bands, width = unpack(ARGV)

local owners = {}
for i, name in ipairs(KEYS) do
  owners[i] = redis.call('GET', name) or ''
end

local hits, found = {}, {}
for place = 1, #bands, width do
  local shard, field = band(bands, place, width, shards)
  for mark in string.gmatch(redis.call('HGET', prefix .. shard, field) or '', '%S+') do
    if not hits[mark] then
      hits[mark] = 0
      found[#found + 1] = mark
    end
    hits[mark] = hits[mark] + 1
  end
end
table.sort(found, function(one, two)
  return hits[one] > hits[two] or (hits[one] == hits[two] and one < two)
end)
return {owners, found}
