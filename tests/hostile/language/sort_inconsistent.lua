-- ends: itself
local n = 0
local t = {}
for i = 1, 3000 do t[i] = i * 7919 % 3001 end
table.sort(t, function() n = n + 1 return n % 3 == 0 end)
print(#t)
