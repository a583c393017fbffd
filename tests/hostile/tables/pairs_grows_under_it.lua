-- ends: itself | limit --lua-memory | limit --lua-seconds
local t = { 1 }
for k in pairs(t) do t[#t + 1] = k t["x" .. #t] = k end
print(#t)
