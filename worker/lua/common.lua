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

-- A band of a text: in which hash it is filed, and as which field. Many small hashes take a tenth of the room of keys.
local function band(bands, place, width, shards)
  local number = 0
  for i = place, place + width - 1 do
    number = number * 256 + string.byte(bands, i)
  end
  local shard = number % shards
  return string.format('%d', shard), string.format('%x', (number - shard) / shards)
end

-- Take a text out of the shards and out of memory. Its value has in front how long its bands are, a line end, the bands.
local function forget_text(texts, mark, prefix, text_prefix, shards, width)
  local value = redis.call('GET', text_prefix .. mark) or ''
  local size = string.match(value, '^%d+') or ''
  local first = #size + 2
  for place = first, first + (tonumber(size) or 0) - 1, width do
    local shard, name = band(value, place, width, shards)
    local left = {}
    for other in string.gmatch(redis.call('HGET', prefix .. shard, name) or '', '%S+') do
      if other ~= mark then
        left[#left + 1] = other
      end
    end
    if #left == 0 then
      redis.call('HDEL', prefix .. shard, name)
    else
      redis.call('HSET', prefix .. shard, name, table.concat(left, ' '))
    end
  end
  redis.call('DEL', text_prefix .. mark)
  redis.call('ZREM', texts, mark)
end
