-- ends: words . | itself
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, stop = stop.threshold { monitor = "val_loss\27[2J", below = 1, mode = "min" } }
