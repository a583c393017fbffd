-- ends: words . | itself
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, objective = { monitor = "\27[2J", mode = "min" }, stop = stop.early { monitor = "\27]0;x\7", mode = "min" } }
