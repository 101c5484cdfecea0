-- Which of the ids are unfinished work that was begun before.
local ledger, attempts = unpack(KEYS)
local stage = ARGV[1]

local found = {}
for i = 2, #ARGV do
  if redis.call('ZSCORE', ledger, ARGV[i]) and redis.call('HEXISTS', attempts, stage .. ':' .. ARGV[i]) == 1 then
    found[#found + 1] = ARGV[i]
  end
end
return found
