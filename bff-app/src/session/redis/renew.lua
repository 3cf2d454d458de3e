-- KEYS: the session
-- ARGV: the sealed session, when it ends
-- One that was ended while its tokens were fetched stays ended.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'ends', ARGV[2])
return 1
