-- ends: limit --lua-memory | limit --lua-seconds | limit --memory
local kept = {}
while true do kept[#kept + 1] = schedule.warmup(1 * epochs) .. schedule.cosine {} end
