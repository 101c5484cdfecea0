-- Work is done, and its results are elsewhere.
local ledger, document, attempts, seen = unpack(KEYS)
local stage, id, revision, retention = unpack(ARGV)

if not held(ledger, document, stage, id, revision) then
  return 0
end
settle(ledger, document, attempts, seen, stage, id, retention, false)
return 1
