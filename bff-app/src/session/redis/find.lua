-- KEYS: the session
-- ARGV: now, how long it may go unused, 1 where this is use
local kept = redis.call('HMGET', KEYS[1], 'sealed', 'used', 'ends')
if not kept[1] then return {} end
local now, used, ends = tonumber(ARGV[1]), tonumber(kept[2]), tonumber(kept[3])
if now >= ends or now >= used + tonumber(ARGV[2]) then
  end_one(KEYS[1])
  return {}
end
if ARGV[3] == '1' and now > used then
  redis.call('HSET', KEYS[1], 'used', ARGV[1])
  return { kept[1], ARGV[1] }
end
return { kept[1], kept[2] }
