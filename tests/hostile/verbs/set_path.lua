-- ends: words . | itself | usage name
-- run: RECIPE --set name=../../outside/x
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
