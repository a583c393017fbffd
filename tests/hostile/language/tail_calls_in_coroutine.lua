-- ends: limit --lua-seconds
local function f() return f() end
coroutine.wrap(f)()
