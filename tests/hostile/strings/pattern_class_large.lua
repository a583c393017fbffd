-- ends: limit --lua-seconds
-- a class of a million members for each byte
local class = "[" .. ("ab"):rep(1000000) .. "]"
while true do ("c"):rep(1000):find(class) end
