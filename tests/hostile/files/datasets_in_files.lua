-- ends: words are open at once | limit --memory | limit --lua-seconds | itself | ctrl-c
-- each keeps its file open
local kept = {}
for i = 1, 3000 do kept[i] = data.npy { "good.npy", stream = true }:open {} end
