-- ends: limit --lua-seconds | itself | limit --lua-memory
-- numbers that share their low bits
local t = {}
for i = 1, 300000 do t[i * 2.0^40] = i end
while true do for i = 1, 1000 do local _ = t[i * 2.0^40] end end
