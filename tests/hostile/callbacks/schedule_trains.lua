-- ends: itself | words .
local inner = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.fn(function() train.fit(inner, { record = false, quiet = true }) return 0.1 end) }
