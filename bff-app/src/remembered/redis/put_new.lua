-- KEYS: the entry
-- ARGV: the sealed value, when it is forgotten, how long its garbage may lie, now
local forgotten = redis.call('HGET', KEYS[1], 'until')
if forgotten and tonumber(ARGV[4]) < tonumber(forgotten) then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'until', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
