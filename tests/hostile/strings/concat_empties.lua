-- ends: limit --lua-seconds
-- lists whose items are nothing, joined again and again
local t = {}
for i = 1, 1000000 do t[i] = "" end
while true do table.concat(t) end
