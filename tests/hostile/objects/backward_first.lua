-- ends: itself
local m = nn.linear(3):build({ 2 }, { batch = 4 })
print(pcall(m.backward, m, tensor.new { 4, 3 }), pcall(m.backward, m), pcall(m.backward, m, tensor.new { 2, 3 }))
m:forward(tensor.new { 4, 2 })
print(pcall(m.backward, m, tensor.new { 400, 3 }), pcall(m.backward, m, "x"), pcall(m.backward, m, tensor.new({ 4, 3 }, nil, "i32")))
