-- ends: ctrl-c
-- run: verify-resume RECIPE
-- flags: --lua-seconds 100
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1000000 }
