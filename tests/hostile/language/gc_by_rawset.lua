-- ends: words __gc
local mt = {}
rawset(mt, "__gc", print)
setmetatable({}, mt)
