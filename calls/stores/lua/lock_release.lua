-- Give the lock back. KEYS: lock. ARGV: token. Answers 1, or 0 where it is not theirs: another's stays.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
