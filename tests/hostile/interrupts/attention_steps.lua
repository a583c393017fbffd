-- ends: ctrl-c
-- flags: --lua-seconds 100
return recipe { data = data.random { tokens = 50, length = 512, task = "lm", n = 64, batch = 2 }, model = nn.sequential { nn.embedding(64), nn.transformer { 2, causal = true }, nn.linear(50) }, optimizer = optim.sgd { lr = 0.1 }, steps = 100000 }
