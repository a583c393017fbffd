-- ends: limit --memory | words .
return recipe { data = data.random { tokens = 2000000000, length = 8, task = "lm", n = 8, batch = 2 }, model = nn.sequential { nn.embedding { 512, name = "e" }, nn.linear { 2000000000, tied = "e" } }, optimizer = optim.sgd { lr = 0.1 }, steps = 1 }
