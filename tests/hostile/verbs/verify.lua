-- ends: itself | words .
-- run: verify-resume RECIPE
-- a recipe that is another one each time it is read
local n = math.random(1 << 40)
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, name = "v" .. n, steps = 4 }
