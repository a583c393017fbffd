-- ends: ctrl-c
-- flags: --lua-seconds 100
search.minimize { space = { x = search.uniform(0, 1) }, trials = 1 << 40, strategy = "random", objective = function() pcall(function() local i = 0 while i < 1e5 do i = i + 1 end end) return 1 end }
