-- ends: itself
for _, make in ipairs { function() return schedule.cosine {} end, function() return schedule.warmup(2 * steps) .. schedule.cosine {} end, function() return schedule.step { factor = 0.5, every = 1 * epochs } end, function() return 0.5 * schedule.constant {} end, function() return schedule.multistep { at = { 1 }, factor = 0.5 } end } do
  for _, key in ipairs { "opts", "kind", "where", "given" } do
    for _, v in ipairs { {}, 7, "x", print, false } do
      local s = make()
      pcall(function() s[key] = v end)
      pcall(s.at, s, 1, { lr = 0.1, steps_per_epoch = 3, total_steps = 9 })
      pcall(function() train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = s }, { record = false, quiet = true }) end)
    end
  end
end
print "tried"
