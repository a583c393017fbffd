-- ends: itself
local mt = setmetatable({}, { __index = function(_, k) if k == "__gc" then return print end end })
local t = setmetatable({}, mt)
t, mt = nil
for _ = 1, 1000 do local _ = {} end
print "quiet"
