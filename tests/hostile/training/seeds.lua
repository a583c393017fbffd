-- ends: itself
for _, s in ipairs { 0, 1, math.maxinteger } do train.fit(recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, seed = s, data = data.spirals { n = 60, seed = s } }, { record = false, quiet = true }) end
print(pcall(recipe, { seed = -1 }), pcall(recipe, { seed = 2^64 }))
