-- ends: itself | limit --lua-seconds | words .
-- seconds: 3
local at = {}
for i = 1, 10000 do at[i] = i * steps end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 10, schedule = schedule.multistep { at = at, factor = 0.5 } }
