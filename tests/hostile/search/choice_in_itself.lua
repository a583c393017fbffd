-- ends: words . | itself | limit --lua-seconds | limit --lua-memory
local t = { 1, 2 }
local c = search.choice(t)
for k, v in pairs(c.opts) do if type(v) == "table" then v[1] = c end end
search.minimize { space = { x = c }, trials = 2, objective = function() return 1 end }
