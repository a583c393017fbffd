-- ends: limit --memory | limit --lua-seconds
local w, kept = tensor.new { 1000000 }, {}
while true do kept[#kept + 1] = optim.lamb { lr = 0.1 }:bind { w = w } end
