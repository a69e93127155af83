-- Keep consents of one number. KEYS: consents. ARGV: field, consent, field, consent ...
-- One that is there stays as it was written first.
for i = 1, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
end
return #ARGV / 2
