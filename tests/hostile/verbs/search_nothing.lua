-- ends: words no search dimension
-- run: search RECIPE --trials 1000000000000
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
