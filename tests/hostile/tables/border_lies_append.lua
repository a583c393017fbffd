-- ends: itself | words . | limit --lua-seconds
local t = { n = 1 }
for i = 0, 62 do t[1 << i] = 1 end
for _ = 1, 100 do table.insert(t, 1) end
