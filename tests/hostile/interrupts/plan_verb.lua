-- ends: ctrl-c
-- run: plan RECIPE
-- flags: --lua-seconds 100
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.graph(function(x) while true do pcall(error) end end) }
