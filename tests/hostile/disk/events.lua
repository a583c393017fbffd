-- ends: limit --disk
-- flags: --disk 1M
-- seconds: 8
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, model = nn.sequential { nn.linear(3), nn.linear(3), nn.linear(3), nn.linear(3) }, epochs = 1 << 40, metrics = { "tensorboard", "grad_norms" } } -- its own events
