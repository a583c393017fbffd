-- ends: limit --memory
-- never: caught
-- the limit on native memory is no more to be caught than that on Lua's
local kept = {}
while true do
  pcall(function() while true do kept[#kept + 1] = tensor.new { 4000000 } end end)
  print "caught"
end
