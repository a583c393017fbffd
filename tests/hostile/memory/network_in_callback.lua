-- ends: limit --memory | limit --lua-seconds
local kept = {}
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 100000, on = { step = function() kept[#kept + 1] = nn.linear(1000):build { 1000 } end } }
