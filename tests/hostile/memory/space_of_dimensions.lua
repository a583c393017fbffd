-- ends: words . | limit --lua-memory | limit --memory | limit --lua-seconds
local s = {}
for i = 1, 200000 do s[i] = search.uniform(0, 1) end
search.minimize { space = s, objective = function() return 1 end }
