-- ends: itself | words .
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, name = "plain", model = nn.graph(function(x) return nn.linear(3)(x) end), metrics = { "grad_norms" } }
