-- Keep the next version of an order to call. KEYS: call, unfinished, untold.
-- ARGV: call id, version, call, 1 if it is final, keep ms, 1 if somebody is to be told.
-- Answers 1, or 0 where another writer kept that version first.
local stored = redis.call('HGET', KEYS[1], 'ver')
if not stored or tonumber(stored) ~= tonumber(ARGV[2]) - 1 then
  return 0
end
redis.call('HSET', KEYS[1], 'ver', ARGV[2], 'call', ARGV[3])
if ARGV[4] == '1' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
if ARGV[6] == '1' then
  redis.call('HSET', KEYS[3], ARGV[1] .. ':' .. ARGV[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
return 1
