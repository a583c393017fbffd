-- ends: itself | words . | limit --lua-seconds | limit --lua-memory
local s = schedule.constant { length = 1 * steps }
for _ = 1, 3000 do s = s .. schedule.constant { length = 1 * steps } end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = s }
