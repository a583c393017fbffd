-- ends: itself
local l = nn.cross_entropy():build({ 3 }, { batch = 4 })
for _, y in ipairs { tensor.new({ 4 }, { 0, 1, 2, 3 }, "i32"), tensor.new { 4 }, tensor.new({ 5 }, nil, "i32"), 7, {}, l } do
  print(pcall(l.forward, l, tensor.new { 4, 3 }, y))
end
print(pcall(l.backward, l), pcall(l.forward, l), pcall(l.forward, l, tensor.new { 400, 3 }, tensor.new({ 400 }, nil, "i32")))
