-- ends: itself
-- what the function of nn.graph does with its node
for _, f in ipairs { function() end, function() return 7 end, function(x) return x + 1 end, function(x) return x .. x end, function(x) return nn.linear(2)(x, x) end, function(x) return nn.linear(2)(7) end, function(x) return {} end,
  function(x) x.id = 999 return x end, function(x) x.state = nil return x end, function(x) x.id = -1 return nn.relu()(x) end, function(x) x.id = 1 << 40 return x + x end, function(x) return nn.cat { x, 7 } end, function(x) return nn.cat {} end, function(x) return setmetatable({ id = 1, state = x.state }, {}) end,
  function(x) error {} end, function(x) return coroutine.yield(x) end, function(x) x.state.b = nil return x end } do
  print(pcall(function() return nn.graph(f):build { 2 } end))
end
