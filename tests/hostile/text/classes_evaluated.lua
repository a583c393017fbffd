-- ends: itself
-- run: plan RECIPE
return recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.table { x = { { 1 }, { 2 }, { 3 } }, y = { "\u{202e}", ("c"):rep(300), "%150s" } } }
