-- ends: limit --lua-seconds
(("x"):rep(1000000)):gsub(".", setmetatable({}, { __index = function() while true do end end }))
