-- ends: limit --lua-memory | limit --lua-seconds
-- never: went on
search.minimize { space = { x = search.uniform(0, 1) }, trials = 3, objective = function() local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end }
print "went on"
