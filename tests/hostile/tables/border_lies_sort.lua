-- ends: itself | words . | limit --lua-seconds | limit --lua-memory
local t = {}
for i = 0, 30 do t[1 << i] = 1 end
for i = 1, 9 do t[i] = 1 end
table.sort(t)
print(#t)
