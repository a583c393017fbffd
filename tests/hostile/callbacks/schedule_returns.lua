-- ends: itself
for _, v in ipairs { 0/0, 1/0, -1, "x", {}, print, true } do print(pcall(function() return train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.fn(function() return v end) }, { record = false, quiet = true }).reason == "done" end)) end
print(pcall(train.fit, recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.fn(function() end) }, { record = false, quiet = true }))
