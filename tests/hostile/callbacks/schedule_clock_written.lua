-- ends: itself | words .
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.fn(function(t) for k in pairs(t) do t[k] = {} end t.step = -1 return 0.1 end) }
