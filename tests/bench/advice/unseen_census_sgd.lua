-- A table of 5,000 rows, plain SGD, cosine.
local x, y = require("census").rows(5000)

return recipe {
  seed = 1,
  data = data.table { x, y, batch = 32, val = 0.3 },
  model = nn.sequential { nn.linear(48), nn.relu(), nn.linear(24), nn.relu(), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.01 },
  schedule = schedule.cosine(),
  epochs = 15,
}
