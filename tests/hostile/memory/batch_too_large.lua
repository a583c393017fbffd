-- ends: limit --memory
return recipe { optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.random { shape = { 100 }, classes = 3, n = 3000, batch = 3000 }, model = nn.sequential { nn.linear(20000), nn.linear(3) } }
