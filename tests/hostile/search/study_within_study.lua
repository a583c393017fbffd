-- ends: words . | itself
-- seconds: 2
local r
r = recipe { model = nn.linear(3), epochs = 1, name = "deep", data = data.spirals { n = 60, val = 0.2 }, optimizer = optim.sgd { lr = search.uniform(0.1, 1) }, on = { step = function() search.run(r, { trials = 1, strategy = "random", quiet = true }) end } }
search.run(r, { trials = 1, strategy = "random", quiet = true })
