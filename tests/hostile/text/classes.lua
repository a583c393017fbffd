-- ends: itself
-- names of classes are long, control a terminal, or are formats
local r, run = train.fit(recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.table { x = { { 1 }, { 2 }, { 3 } }, y = { "\27[2J", ("%s%n"):rep(100), ("c"):rep(150) } } }, { quiet = true })
print(train.evaluate(run).loss)
