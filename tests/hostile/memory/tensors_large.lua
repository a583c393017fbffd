-- ends: limit --memory
local kept = {}
while true do kept[#kept + 1] = tensor.new { 4000000 } end
