-- ends: limit --lua-seconds
-- flags: --lua-memory 256
local s = ("x"):rep(30000000)
while true do local _ = s .. "y" end
