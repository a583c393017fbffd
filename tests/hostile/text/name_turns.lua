-- ends: words 'name' | itself
-- run: plan RECIPE
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, name = "\u{202e}gnp" }
