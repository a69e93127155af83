-- Count up to a limit. KEYS: tally. ARGV: amount, limit, window ms. Answers 1 where the amount fits, else 0.
-- The first amount of a window begins it.
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
local amount = tonumber(ARGV[1])
if taken + amount > tonumber(ARGV[2]) + 1e-9 then
  return 0
end
if amount > 0 then
  local left = redis.call('PTTL', KEYS[1])
  local window = left > 0 and left or tonumber(ARGV[3])
  redis.call('SET', KEYS[1], string.format('%.6f', taken + amount), 'PX', string.format('%.0f', window))
end
return 1
