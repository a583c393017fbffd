-- ends: itself
-- ids that are another node's of the same graph: a shape that does not fit is an error
print(pcall(function()
  return nn.graph(function(x) local a = nn.linear(5)(x) local b = nn.linear(7)(a) a.id, b.id = b.id, x.id return nn.linear(3)(a) + nn.linear(3)(b) end):build({ 2 }, { batch = 3 }):forward(tensor.new { 3, 2 })
end))
