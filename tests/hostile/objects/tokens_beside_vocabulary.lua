-- ends: itself
-- never: true\t%-?%d
local m = nn.sequential { nn.embedding(4), nn.flatten(), nn.linear(3) }:build({ 6 }, { vocab = 9, batch = 1 })
for _, id in ipairs { -1, 9, 2147483647, -2147483648 } do
  print(pcall(function() return m:forward(tensor.new({ 1, 6 }, { id, 0, 0, 0, 0, 0 }, "i32")):values()[1] end))
end
