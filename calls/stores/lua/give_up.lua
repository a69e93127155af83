-- A holder is known to be dead. KEYS: leases, holders. ARGV: call id, epoch. Answers 1 if it held the call, else 0.
local held = redis.call('HGET', KEYS[2], ARGV[1])
if not held or string.match(held, '^%[(%d+),') ~= ARGV[2] then
  return 0
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', -now), ARGV[1])
return 1
