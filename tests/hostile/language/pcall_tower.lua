-- ends: words overflow | itself
-- never: went
local f = error
for _ = 1, 300 do local g = f f = function() return pcall(g) end end
print(pcall(pcall, pcall, pcall, pcall, f))
