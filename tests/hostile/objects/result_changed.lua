-- ends: itself
-- never: true
local result, run = train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { quiet = true })
for _, path in ipairs { "/etc", "../../outside", "link_dir", "", "\0", "out", 7, {}, ("x"):rep(5000) } do
  result.run = path
  print(pcall(train.evaluate, result)) print(pcall(train.predict, result, { input = "good.csv" }))
end
