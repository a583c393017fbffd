-- ends: limit --lua-seconds
-- never: went on
search.minimize { space = { x = search.uniform(0, 1) }, trials = 3, objective = function() pcall(function() while true do end end) return 1 end }
print "went on"
