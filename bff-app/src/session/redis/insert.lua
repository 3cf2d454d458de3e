-- KEYS: the session, its user's group, the group of the provider's session where there is one
-- ARGV: the sealed session, when it was used, when it ends, how long its garbage may lie
end_one(KEYS[1])
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'used', ARGV[2], 'ends', ARGV[3], 'user', KEYS[2])
if KEYS[3] then redis.call('HSET', KEYS[1], 'provider', KEYS[3]) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
for n = 2, #KEYS do
  -- A few of those whose garbage was collected leave their group, so that it does not grow for ever.
  for _, member in ipairs(redis.call('SRANDMEMBER', KEYS[n], 4)) do
    if redis.call('EXISTS', member) == 0 then redis.call('SREM', KEYS[n], member) end
  end
  redis.call('SADD', KEYS[n], KEYS[1])
  redis.call('EXPIRE', KEYS[n], ARGV[4])
end
