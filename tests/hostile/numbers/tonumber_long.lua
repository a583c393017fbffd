-- ends: limit --lua-seconds
local s = ("9"):rep(1000000)
while true do tonumber(s) tonumber(s, 10) tonumber("0x" .. s) end
