-- ends: words freeze
-- run: RECIPE --set freeze=((((
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
