-- KEYS: the group
-- ARGV: now, how long a session may go unused
-- Returns name, sealed session and last use of each that is alive, one after the other.
local members = {}
for _, session in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local kept = redis.call('HMGET', session, 'sealed', 'used', 'ends')
  if not kept[1] then
    redis.call('SREM', KEYS[1], session)
  elseif tonumber(ARGV[1]) < tonumber(kept[3]) and tonumber(ARGV[1]) < tonumber(kept[2]) + tonumber(ARGV[2]) then
    members[#members + 1] = session
    members[#members + 1] = kept[1]
    members[#members + 1] = kept[2]
  end
end
return members
