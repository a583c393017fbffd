-- ends: itself
-- never: finalized
local mt = {}
for _ = 1, 1000 do setmetatable({}, mt) end
mt.__gc = function() print "finalized" end
for _ = 1, 1000 do pcall(setmetatable, {}, mt) end
for _ = 1, 100000 do local _ = {} end
