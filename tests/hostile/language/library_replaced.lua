-- ends: itself
-- says: digest
local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
for _, lib in pairs { string, table, math, coroutine, utf8 } do
  for name in pairs(lib) do lib[name] = function() while true do end end end
end
return r
