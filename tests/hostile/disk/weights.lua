-- ends: limit --disk | limit --memory
-- flags: --disk 1M
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.sequential { nn.linear(1000), nn.linear(1000), nn.linear(3) } }
