-- ends: ctrl-c | itself
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 1e30 }, steps = 1 << 40, on_divergence = { rollback = true, factor = 0.999999, times = 1 << 50 } }
