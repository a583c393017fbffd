-- ends: itself | words .
local inner = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() train.fit(inner, { record = false, quiet = true }) end, stop = function() train.range(inner, { n = 20 }) end } }
