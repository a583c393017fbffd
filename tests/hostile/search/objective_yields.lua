-- ends: itself | words yield
local co = coroutine.wrap(function() return search.minimize { space = { x = search.uniform(0, 1) }, trials = 3, objective = function() return coroutine.yield(1) end } end)
print(pcall(co), pcall(co, 5))
