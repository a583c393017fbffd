-- ends: words . | limit --lua-seconds | limit --lua-memory | itself
local function f() return search.minimize { space = { x = search.uniform(0, 1) }, trials = 2, objective = f }.best.value end
f()
