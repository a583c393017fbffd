-- ends: limit --disk | ctrl-c
-- flags: --disk 1M
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40, metrics = { "grad_norms" } }
