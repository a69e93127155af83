-- One of many shall act. KEYS: lock. ARGV: token of who asks, ttl ms. Answers 1 if it is theirs now, for ttl; else 0.
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
