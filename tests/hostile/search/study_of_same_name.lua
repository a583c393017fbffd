-- ends: itself | words .
local function r(n) return recipe { epochs = 1, name = "same", model = nn.linear(n), data = data.spirals { n = 60, classes = 3, val = 0.2 }, optimizer = optim.sgd { lr = search.uniform(0.1, 1) } } end
print(pcall(search.run, r(3), { trials = 2, strategy = "random", quiet = true }), pcall(search.run, r(3), { trials = 2, strategy = "random", quiet = true }), pcall(search.run, r(4), { trials = 2, strategy = "random", quiet = true }))
