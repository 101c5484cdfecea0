-- In front of every script. A script checks first and writes after: Redis does not take back what was written,
-- and refuses a full server's first write only.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Is this revision of the article still unfinished work of the stage?
local function held(ledger, document, stage, id, revision)
  return redis.call('ZSCORE', ledger, id) and redis.call('HGET', document, stage .. ':revision') == revision
end

-- The work of a stage is over: out of the ledger. `keep`: what it worked on stays readable until `retention`.
local function settle(ledger, document, attempts, seen, stage, id, retention, keep)
  redis.call('ZREM', ledger, id)
  redis.call('HDEL', attempts, stage .. ':' .. id)
  if not keep then
    redis.call('HDEL', document, stage, stage .. ':revision', stage .. ':error')
  end
  redis.call('EXPIRE', document, retention)
  redis.call('EXPIRE', seen, retention)
end

