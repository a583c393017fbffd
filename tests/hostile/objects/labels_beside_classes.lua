-- ends: itself
-- never: true\t%d
for _, loss in ipairs { nn.cross_entropy(), nn.cross_entropy { label_smoothing = 0.3 } } do
  local m = nn.linear(3):build({ 2 }, { batch = 4 })
  for _, y in ipairs { { -1, 0, 0, 0 }, { 0, 0, 0, 3 }, { 2147483647, 0, 0, 0 } } do
    print(pcall(m.step, m, { x = tensor.new { 4, 2 }, y = tensor.new({ 4 }, y, "i32") }, loss))
    print(pcall(m.evaluate, m, { x = tensor.new { 4, 2 }, y = tensor.new({ 4 }, y, "i32") }, loss))
  end
end
