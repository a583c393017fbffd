-- ends: itself
for _, v in ipairs { 0/0, 1/0, "x", {}, print, true } do local r = search.minimize { space = { x = search.uniform(0, 1) }, trials = 3, objective = function() return v end } print(#r.trials, r.best) end
local r = search.minimize { space = { x = search.uniform(0, 1) }, trials = 25, strategy = "bayes", objective = function(v, i) return i % 2 == 0 and 1e308 or -1e308 end }
print(#r.trials)
