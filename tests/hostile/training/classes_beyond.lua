-- ends: words . | itself
return recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.table { x = { { 1 }, { 2 } }, y = { 0, 2000000000 } } }
