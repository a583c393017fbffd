-- ends: limit --lua-seconds
-- flags: --lua-memory 256
local s = ("x"):rep(50000000)
while true do s:reverse() end
