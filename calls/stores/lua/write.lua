-- One flush of one call, all of it or nothing.
-- KEYS: call, events, late, once, open, unsettled, erased, and the indices that the call stays in while it is kept.
-- ARGV: call id, expected version, version, record, 1 if closed, keep call ms, keep answer ms,
-- 1 if its recording is unsettled, then epoch, seq, event ...
-- Answers {"written", version} or {"conflict", stored version}. Events come in ascending order of (epoch, seq).
-- What is written of a call that was erased is dropped, as if it were written: no late writer brings it back.
local answered = redis.call('GET', KEYS[4])
if answered then
  return {'written', tonumber(answered)}
end
if redis.call('EXISTS', KEYS[7]) == 1 then
  return {'written', tonumber(ARGV[3])}
end
local stored = tonumber(redis.call('HGET', KEYS[1], 'ver') or '0')
if stored ~= tonumber(ARGV[2]) then
  return {'conflict', stored}
end

local last_epoch, last_seq = 0, 0
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
if last[1] then
  local epoch, seq = string.match(last[1][1], '^(%d+)-(%d+)$')
  last_epoch, last_seq = tonumber(epoch), tonumber(seq)
end
for i = 9, #ARGV, 3 do
  local id, epoch, seq = ARGV[i] .. '-' .. ARGV[i + 1], tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if epoch > 0 and seq > 0 and (epoch > last_epoch or (epoch == last_epoch and seq > last_seq)) then
    redis.call('XADD', KEYS[2], id, 'e', ARGV[i + 2])
    last_epoch, last_seq = epoch, seq
  elseif epoch <= 0 or seq <= 0 or #redis.call('XRANGE', KEYS[2], id, id) == 0 then
    redis.call('HSETNX', KEYS[3], id, ARGV[i + 2])
  end
end

redis.call('HSET', KEYS[1], 'ver', ARGV[3], 'record', ARGV[4])
redis.call('SET', KEYS[4], ARGV[3], 'PX', ARGV[7])
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[6])
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for i, listed in pairs({[5] = ARGV[5] ~= '1', [6] = ARGV[8] == '1'}) do
  if listed then
    redis.call('ZADD', KEYS[i], string.format('%.0f', now + tonumber(ARGV[6])), ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', string.format('%.0f', now))
  else
    redis.call('ZREM', KEYS[i], ARGV[1])
  end
end
for i = 8, #KEYS do
  redis.call('ZADD', KEYS[i], string.format('%.0f', now + tonumber(ARGV[6])), ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', string.format('%.0f', now))
  -- A call without an end is kept for a shorter time than those before it, which the index has too.
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[6]) then
    redis.call('PEXPIRE', KEYS[i], ARGV[6])
  end
end
return {'written', tonumber(ARGV[3])}
