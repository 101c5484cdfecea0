-- Begin work: count the attempt and hold a lease on it. Nothing if the work is done.
local ledger, document, attempts = unpack(KEYS)
local stage, id, lease = unpack(ARGV)

if not redis.call('ZSCORE', ledger, id) then
  return false
end
local work = redis.call('HMGET', document, stage, stage .. ':revision', stage .. ':error')
local begun = redis.call('HINCRBY', attempts, stage .. ':' .. id, 1)
redis.call('ZADD', ledger, 'XX', now_ms() + lease, id)
return {work[1] or '', tonumber(work[2] or 0), begun, work[3] or ''}
