-- ends: limit --lua-memory | limit --lua-seconds
local s = "xx"
while true do s = s:gsub("x", "xx") end
