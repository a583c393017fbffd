-- ends: limit --memory
-- attention keeps no scores of steps by steps; what it keeps of a step is as much as this
return recipe { data = data.random { tokens = 50, length = 60000, task = "lm", n = 4, batch = 2 }, model = nn.sequential { nn.embedding(64), nn.transformer { 4, causal = true }, nn.linear(50) }, optimizer = optim.sgd { lr = 0.1 }, steps = 5 }
