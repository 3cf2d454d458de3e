-- KEYS: the session
return end_one(KEYS[1])
