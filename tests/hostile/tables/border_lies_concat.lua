-- ends: words . | limit --lua-seconds | itself
local t = {}
for i = 1, 62 do t[1 << i] = "x" end
for i = 1, 4 do t[i] = "x" end
print(#t, #table.concat(t))
