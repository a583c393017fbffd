-- ends: limit --lua-seconds
table.move(setmetatable({}, { __index = function(_, k) return k end }), 1, 1 << 40, 1, setmetatable({}, { __newindex = function() end }))
