-- Hold a call. KEYS: leases, holders. ARGV: call id, epoch, ttl ms, lease, keep ms.
-- A lease's score is when it runs out, in ms by this clock; one given up has minus the time it was given up at.
-- A holder is "[epoch,lease]". Answers {"held", epoch} or {"lost", epoch of the holder}: a higher one, or another agent of
-- the same one while its lease is valid. A lease without an agent keeps the call for whichever comes first.
local held = redis.call('HGET', KEYS[2], ARGV[1])
local epoch = held and tonumber(string.match(held, '^%[(%d+),')) or 0
if epoch > tonumber(ARGV[2]) then
  return {'lost', epoch}
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local mine = '[' .. ARGV[2] .. ',' .. ARGV[4] .. ']'
if epoch == tonumber(ARGV[2]) and held ~= mine then
  local agent = cjson.decode(held)[2].agent
  local until_ms = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
  if agent ~= '' and agent ~= cjson.decode(ARGV[4]).agent and until_ms > now then
    return {'lost', epoch}
  end
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[3])), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], mine)
-- What nobody has asked for since keep ms is forgotten, a few at a time.
local old = now - tonumber(ARGV[5])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', -old), string.format('%.0f', old), 'LIMIT', 0, 4)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return {'held', tonumber(ARGV[2])}
