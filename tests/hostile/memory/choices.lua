-- ends: words . | limit --lua-memory | limit --lua-seconds | itself
local c = {}
for i = 1, 300000 do c[i] = i end
search.minimize { space = { x = search.choice(c) }, objective = function() return 1 end, trials = 3 }
