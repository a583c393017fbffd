-- ends: limit --lua-seconds | limit --lua-memory
local t = {}
while true do table.insert(t, 1, 1) end
