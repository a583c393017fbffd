-- ends: limit --lua-seconds
-- flags: --lua-memory 256
-- long strings are hashed and compared as keys
local t, s = {}, ("x"):rep(20000000)
while true do t[s .. "y"] = 1 t[s .. "y"] = nil end
