-- ends: words . | limit --lua-memory | limit --lua-seconds | limit --memory
local s = {}
for i = 1, 30 do s[i] = search.int(1, 1000000) end
search.minimize { space = s, objective = function() return 1 end, strategy = "grid", trials = 1 << 60 }
