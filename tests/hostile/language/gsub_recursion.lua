-- ends: words overflow | itself | limit --lua-memory | limit --lua-seconds
local function f(s) return (s:gsub(".", f)) end
f "aaa"
