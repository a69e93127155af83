-- A call is over. KEYS: leases, holders. ARGV: call id, epoch. Answers 1, or 0 where a higher epoch holds it.
local held = redis.call('HGET', KEYS[2], ARGV[1])
local epoch = held and tonumber(string.match(held, '^%[(%d+),')) or 0
if epoch > tonumber(ARGV[2]) then
  return 0
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
