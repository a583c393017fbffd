-- ends: itself | words .
local r = search.run(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, optimizer = optim.sgd { lr = search.uniform(0.1, 1) }, on = { step = function() error(setmetatable({}, { __tostring = error })) end } }, { trials = 5, strategy = "random", quiet = true })
print(#r.trials, r.best)
