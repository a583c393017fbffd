-- ends: ctrl-c | limit --lua-memory | limit --lua-seconds
-- flags: --lua-seconds 100
search.minimize { space = { x = search.uniform(0, 1) }, strategy = "random", trials = math.maxinteger, objective = function(v) return v.x end }
