-- ends: itself
local r = search.minimize { space = { x = search.uniform(0, 1), y = { z = search.int(1, 3) } }, trials = 12, objective = function(v) local x = v.x for k in pairs(v) do v[k] = nil end v.x = {} setmetatable(v, { __index = error }) return x end }
print(#r.trials, r.best.value <= 1)
