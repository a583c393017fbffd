-- ends: limit --lua-seconds
local s = ("é"):rep(5000000)
while true do utf8.len(s) end
