-- KEYS: the entry
-- ARGV: now
local kept = redis.call('HMGET', KEYS[1], 'sealed', 'until')
redis.call('DEL', KEYS[1])
if not kept[1] or tonumber(ARGV[1]) >= tonumber(kept[2]) then return {} end
return { kept[1] }
