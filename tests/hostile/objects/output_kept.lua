-- ends: itself
-- outputs of a network whose next forward is larger
local m = nn.linear(3):build({ 2 }, { batch = 1 })
local kept = {}
for i = 1, 40 do kept[i] = m:forward(tensor.new { i * 50, 2 }) end
for _, y in ipairs(kept) do pcall(y.values, y) pcall(y.set, y, y:values()) end
print "kept"
