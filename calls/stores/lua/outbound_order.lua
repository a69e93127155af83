-- Keep an order to call, once for its key. KEYS: once, call, unfinished, recent, untold, the number's orders.
-- ARGV: call id, call, when it is due, when it was asked for, keep answer ms, keep call ms, how many recent ones,
-- 1 if somebody is to be told. Answers the id of the call that has the key: this one's, or that of the first.
local first = redis.call('GET', KEYS[1])
if first then
  return first
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[5])
redis.call('HSET', KEYS[2], 'ver', '0', 'call', ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - tonumber(ARGV[7]))
redis.call('PEXPIRE', KEYS[4], ARGV[6])
if ARGV[8] == '1' then
  redis.call('HSET', KEYS[5], ARGV[1] .. ':0', ARGV[2])
  redis.call('PEXPIRE', KEYS[5], ARGV[6])
end
if KEYS[6] then
  -- Longer than any order is kept that is not put off for more than its own time.
  redis.call('ZADD', KEYS[6], ARGV[4], ARGV[1])
  redis.call('PEXPIRE', KEYS[6], string.format('%.0f', 2 * tonumber(ARGV[6])))
end
return ARGV[1]
