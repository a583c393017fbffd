-- ends: limit --lua-seconds
-- needs no stack
local function f() return f() end
f()
