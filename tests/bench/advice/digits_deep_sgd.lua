-- Digits, eight plain layers, SGD without momentum, polynomial fall.
local layers = {}
for _ = 1, 7 do
  layers[#layers + 1] = nn.linear { 48, init = nn.he() }
  layers[#layers + 1] = nn.relu()
end
layers[#layers + 1] = nn.linear(10)

return recipe {
  seed = 1,
  data = data.digits { batch = 32, val = 0.3 },
  model = nn.sequential(layers),
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.01 },
  schedule = schedule.polynomial { power = 2 },
  epochs = 30,
}
