-- ends: words overflow
local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end })
print(t[1])
