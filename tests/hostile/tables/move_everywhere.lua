-- ends: limit --lua-seconds
local t = {}
for i = 1, 100000 do t[i] = i end
while true do table.move(t, 1, 100000, 2) end
