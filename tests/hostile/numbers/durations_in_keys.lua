-- ends: itself
for _, d in ipairs { 0/0, -1, 1/0, 1e300, -1/0 } do
  print(pcall(function() return schedule.warmup(d * epochs) end) and pcall(train.fit, recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.warmup(d * epochs) }, { record = false, quiet = true }))
  print(pcall(function() return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, checkpoint = { every = -1 * steps, keep = d } } end))
end
