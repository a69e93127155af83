-- Leases with less than ARGV[1] ms left, those given up first, then those that ran out first. KEYS: leases, holders.
-- Answers {call id, ms left, 1 if given up, holder, ...}; for one given up: minus the ms since.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local low = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now + tonumber(ARGV[1])), 'WITHSCORES')
local found = {}
for i = 1, #low, 2 do
  local score, holder = tonumber(low[i + 1]), redis.call('HGET', KEYS[2], low[i])
  if holder then
    local given_up = score <= 0
    found[#found + 1] = low[i]
    found[#found + 1] = given_up and -score - now or score - now
    found[#found + 1] = given_up and 1 or 0
    found[#found + 1] = holder
  end
end
return found
