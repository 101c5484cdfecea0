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

-- Bands of a text stand one behind the other, five bytes each: the first two say in which of 16,384 hashes it is filed, and
-- all of them are the field. Hashes of so few fields take a tenth of the room of keys.
local BAND, SHARDS = 5, 16384

local function shard(prefix, bands, place)
  local high, low = string.byte(bands, place, place + 1)
  return prefix .. (high * 256 + low) % SHARDS, string.sub(bands, place, place + BAND - 1)
end

-- Take a text out of the shards and out of memory. Its value has in front how long its bands are, a line end, the bands.
local function forget_text(texts, mark, prefix, text_prefix)
  local value = redis.call('GET', text_prefix .. mark) or ''
  local size = string.match(value, '^%d+') or ''
  local first = #size + 2
  for place = first, first + (tonumber(size) or 0) - 1, BAND do
    local key, field = shard(prefix, value, place)
    local left = {}
    for other in string.gmatch(redis.call('HGET', key, field) or '', '%S+') do
      if other ~= mark then
        left[#left + 1] = other
      end
    end
    if #left == 0 then
      redis.call('HDEL', key, field)
    else
      redis.call('HSET', key, field, table.concat(left, ' '))
    end
  end
  redis.call('DEL', text_prefix .. mark)
  redis.call('ZREM', texts, mark)
end
