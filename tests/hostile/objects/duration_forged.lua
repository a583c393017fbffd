-- ends: itself
local d = setmetatable({ amount = 0/0, unit = "epochs" }, getmetatable(epochs) or nil)
print(pcall(schedule.warmup, d) and pcall(train.fit, recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.warmup(d) }, { record = false }))
print(pcall(function() epochs.amount = 0/0 end) and pcall(function() return schedule.warmup(2 * epochs) end))
print(pcall(function() epochs.unit = "\27[2J" return tostring(epochs) end))
