-- ends: limit --memory | limit --lua-seconds | limit --files | limit --lua-memory
-- texts, their tokens and vocabularies, all of which are kept
local kept = {}
while true do kept[#kept + 1] = data.text { "r.lua", task = "lm", tokens = "chars", context = 2, stride = 1 }:open {} end
