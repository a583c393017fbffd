-- ends: words .
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, optimizer = optim.sgd { lr = 0.1, groups = { { match = "\27[2J%", weight_decay = 1 } } } }
