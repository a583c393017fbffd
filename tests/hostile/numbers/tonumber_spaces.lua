-- ends: limit --lua-seconds
local s = (" "):rep(10000000) .. "x"
while true do tonumber(s) end
