-- ends: limit --lua-seconds
-- each moves the rest
local t = {}
for i = 1, 400000 do t[i] = i end
while #t > 0 do table.remove(t, 1) t[#t + 1] = 1 end
