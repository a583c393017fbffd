-- ends: itself | words .
local n = 0
print(load(function()
  n = n + 1
  train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { record = false, quiet = true })
  return n < 3 and "x = 1 " or nil
end) ~= nil)
