-- ends: limit --memory | limit --lua-seconds | limit --files | ctrl-c
local kept = {}
while true do kept[#kept + 1] = data.spirals { n = 100000 }:open {} end
