-- ends: limit --lua-seconds
-- an environment whose lookups never end
load("x = y", "c", "t", setmetatable({}, { __index = function() while true do end end }))()
