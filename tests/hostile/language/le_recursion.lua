-- ends: words overflow
local mt = {}
mt.__le = function(a, b) return a <= b end
print(setmetatable({}, mt) <= setmetatable({}, mt))
