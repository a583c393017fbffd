-- ends: limit --disk
-- flags: --disk 4M
-- seconds: 3
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, model = nn.sequential { nn.linear(400), nn.linear(400), nn.linear(3) }, steps = 1 << 40, checkpoint = { every = 1 * steps, keep = 1 << 40 } }
