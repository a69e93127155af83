-- Keep consents of one number. KEYS: consents. ARGV: field, consent, field, consent ...
-- One that is there stays as it was written first, unless the new one ends earlier or nobody can read the old one.
local function ends(text)
  local ok, found = pcall(cjson.decode, text)
  if not ok or type(found) ~= 'table' then
    return nil
  end
  return type(found.expires_at) == 'number' and found.expires_at or math.huge
end
for i = 1, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  local until_then = known and ends(known)
  if not until_then or ends(ARGV[i + 1]) < until_then then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return #ARGV / 2
