-- ends: words overflow | limit --lua-memory | limit --lua-seconds
local function f(...) return f(1, ...) end
f()
