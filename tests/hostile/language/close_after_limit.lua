-- ends: limit --lua-seconds
-- what is closed when the limit has struck runs no second time
local spent = setmetatable({}, { __close = function() while true do end end })
local function f() local _ <close> = spent; while true do end end
pcall(f)
while true do pcall(f) end
