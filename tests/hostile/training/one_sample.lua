-- ends: itself | words .
return recipe { optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.table { x = { { 1 } }, y = { 0 } }, model = nn.sequential { nn.linear(2), nn.batchnorm(), nn.linear(2) } }
