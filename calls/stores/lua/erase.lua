-- Everything that is kept of one call, gone for good. Twice is as once.
-- KEYS: call, events, late, open, unsettled, leases, holders, erased, and the indices that the call may be in.
-- ARGV: call id, ms for which late writers are kept from bringing it back.
-- Answers how many of its own keys there were.
local found = redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
for _, i in ipairs({4, 5, 6}) do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
for i = 9, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
redis.call('HDEL', KEYS[7], ARGV[1])
redis.call('SET', KEYS[8], '1', 'PX', ARGV[2])
return found
