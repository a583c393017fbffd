-- ends: ctrl-c
-- flags: --lua-seconds 100
-- what is closed on the way out loops, too
local _ <close> = setmetatable({}, { __close = function() while true do end end })
while true do end
