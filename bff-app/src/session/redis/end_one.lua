-- Ends one session, and takes it out of the groups by which it is found.
local function end_one(session)
  for _, group in ipairs(redis.call('HMGET', session, 'user', 'provider')) do
    if group then redis.call('SREM', group, session) end
  end
  return redis.call('DEL', session)
end
