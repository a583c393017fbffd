-- ends: words .
-- run: range RECIPE --from 1e-300 --to 1e300
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
