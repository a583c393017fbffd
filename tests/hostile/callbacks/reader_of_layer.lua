-- ends: limit --lua-seconds
-- run: plan RECIPE
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.graph(function(x) while true do end return x end) }
