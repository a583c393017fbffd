-- ends: itself | words within | words .
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() search.minimize { space = { x = search.uniform(0, 1) }, trials = 3, objective = function() error "x" end } end } }
