-- ends: limit --lua-seconds | words overflow | words call
local t = {}
setmetatable(t, { __call = t })
t()
