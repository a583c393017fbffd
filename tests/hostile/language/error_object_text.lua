-- ends: limit --lua-seconds | words raised a table
-- its own method runs within the limits
error(setmetatable({}, { __tostring = function() while true do end end }))
