-- ends: limit --lua-seconds | itself | words .
nn.linear(setmetatable({}, { __pairs = function() return function() return "units", 3 end end }))
search.minimize { space = setmetatable({}, { __pairs = function() return function(_, k) return (k or 0) + 1, search.uniform(0, 1) end end }), objective = print }
