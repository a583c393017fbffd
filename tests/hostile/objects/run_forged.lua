-- ends: itself
local _, run = train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { record = false, quiet = true })
for _, v in ipairs { setmetatable({}, { __index = run }), { model = run.model }, run.model, {}, "x", 7, print } do print(pcall(train.evaluate, v), pcall(train.predict, v, { input = "good.csv" })) end
print(pcall(function() run.model = 1 end), pcall(function() return #run end), pcall(function() return run() end), pcall(setmetatable, run, {}))
