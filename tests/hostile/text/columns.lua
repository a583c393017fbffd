-- ends: itself | words .
-- names of columns come into data.json and messages
return recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.csv { "good.csv", target = "y\27[2J" } }
