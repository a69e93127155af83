-- Give back of what was taken in the current window. KEYS: tally. ARGV: amount. Answers 1, or 0 where the window is over.
local taken = redis.call('GET', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if not taken or left <= 0 then
  return 0
end
local rest = math.max(0, tonumber(taken) - tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.6f', rest), 'PX', string.format('%.0f', left))
return 1
