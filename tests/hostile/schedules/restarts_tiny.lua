-- ends: itself | words . | limit --lua-seconds
-- cycles shorter than a step
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 50, schedule = schedule.cosine { length = 1 * steps, after = "restart", mult = 1 } }
