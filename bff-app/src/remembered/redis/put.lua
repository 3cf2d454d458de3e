-- KEYS: the entry
-- ARGV: the sealed value, when it is forgotten, how long its garbage may lie
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'until', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
