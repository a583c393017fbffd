-- ends: limit --files | limit --memory | limit --lua-seconds | itself | ctrl-c
local kept = {}
for i = 1, 3000 do kept[i] = data.csv { "good.csv", target = "y" }:open {} end
