-- ends: words too many | itself
local t = {}
for i = 0, 62 do t[1 << i] = 1 end
for i = 1, 40 do t[i] = 1 end
print(#t, select("#", table.unpack(t)))
