-- ends: ctrl-c | limit --lua-seconds
-- flags: --lua-seconds 100
-- a proposal takes longer with each trial
local s = {}
for i = 1, 60 do s["x" .. i] = search.uniform(0, 1) end
search.minimize { space = s, strategy = "bayes", trials = 100000, objective = function(v, n) return n * 0.001 end }
