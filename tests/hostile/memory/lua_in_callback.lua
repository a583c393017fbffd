-- ends: limit --lua-memory
local kept = {}
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 100000, on = { step = function() kept[#kept + 1] = ("x"):rep(1000000) .. #kept end } }
