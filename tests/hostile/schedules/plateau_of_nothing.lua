-- ends: words . | itself
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 5, schedule = schedule.plateau { monitor = ("\27[2J"):rep(100) } }
