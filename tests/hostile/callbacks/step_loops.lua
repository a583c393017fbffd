-- ends: limit --lua-seconds
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 10, on = { step = function() while true do end end } }
