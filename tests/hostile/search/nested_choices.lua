-- ends: words . | itself | limit --lua-seconds | limit --lua-memory
local c = search.choice { 1, 2 }
for _ = 1, 5000 do c = search.choice { c, 1 } end
search.minimize { space = { x = c }, trials = 2, objective = function() return 1 end }
