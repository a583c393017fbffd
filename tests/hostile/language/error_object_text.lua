-- ends: limit --lua-seconds
-- its own method runs within the limits
error(setmetatable({}, { __tostring = function() while true do end end }))
