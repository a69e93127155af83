-- Every consent of a number that was given until now has ended. KEYS: withdrawn. Answers the time, seconds by this clock.
local time = redis.call('TIME')
local now = time[1] .. '.' .. string.format('%06d', tonumber(time[2]))
redis.call('SET', KEYS[1], now)
return now
