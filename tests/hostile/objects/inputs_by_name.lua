-- ends: itself
local m = nn.graph { function(x, z) return nn.cat { nn.linear(2)(x), nn.linear(2)(z) } end, inputs = { nn.input { "z", shape = { 3 } } } }:build({ 2 }, { batch = 4 })
for _, b in ipairs { {}, { x = tensor.new { 4, 2 } }, { x = tensor.new { 4, 2 }, z = tensor.new { 5, 3 } }, { x = tensor.new { 4, 2 }, z = 7 }, { x = tensor.new { 4, 2 }, z = tensor.new({ 4, 3 }, nil, "i32") }, { z = tensor.new { 4, 3 } } } do
  b.y = tensor.new { 4, 4 }
  print((pcall(m.step, m, b, nn.mse())), (pcall(m.forward, m, b)))
end
