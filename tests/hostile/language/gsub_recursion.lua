-- ends: words overflow | itself | limit --lua-memory
local function f(s) return (s:gsub(".", f)) end
f "aaa"
