-- ends: limit --memory
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.sequential { nn.linear(10000), nn.linear(10000), nn.linear(3) } }
