-- KEYS: the group
local ended = 0
for _, session in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  ended = ended + end_one(session)
end
redis.call('DEL', KEYS[1])
return ended
