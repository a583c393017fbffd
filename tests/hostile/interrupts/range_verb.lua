-- ends: ctrl-c
-- run: range RECIPE --points 100000
-- flags: --lua-seconds 100 --memory 512M
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.sequential { nn.linear(1000), nn.linear(1000), nn.linear(3) } }
