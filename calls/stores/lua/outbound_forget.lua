-- An order to call, forgotten with what was still to be told of it. Twice is as once.
-- KEYS: call, unfinished, recent, untold, and the number's orders where the number is known. ARGV: call id.
-- Answers 1, or 0 where it is still to be called: then it stays.
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[3], ARGV[1])
local prefix = ARGV[1] .. ':'
for _, name in ipairs(redis.call('HKEYS', KEYS[4])) do
  if string.sub(name, 1, #prefix) == prefix then
    redis.call('HDEL', KEYS[4], name)
  end
end
if KEYS[5] then
  redis.call('ZREM', KEYS[5], ARGV[1])
end
return 1
