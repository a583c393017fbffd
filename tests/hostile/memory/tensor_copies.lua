-- ends: limit --memory
local t, kept = tensor.new { 1000000 }, {}
while true do kept[#kept + 1] = t:copy() end
