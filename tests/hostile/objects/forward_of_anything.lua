-- ends: itself
local m = nn.linear(3):build({ 2 }, { batch = 4 })
for _, x in ipairs { "x", 7, {}, print, true, m, m.graph, epochs, tensor.new({ 4, 2 }, nil, "i32"), tensor.new { 4, 3 }, tensor.new { 2 }, tensor.new { 1, 4, 2 }, nn.linear(2) } do
  print(pcall(m.forward, m, x))
end
print(pcall(m.forward, m), pcall(m.forward), pcall(m.step, m), pcall(m.step, m, {}), pcall(m.step, m, { x = 1, y = 2 }, nn.mse()), pcall(m.evaluate, m, 7))
