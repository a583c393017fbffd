-- The table with a tenth of its answers turned around; RMSProp, the rate falling exponentially.
local x, y = require("census").rows(6000, 0.1)

return recipe {
  seed = 1,
  data = data.table { x, y, batch = 64, val = 0.25 },
  model = nn.sequential { nn.linear(128), nn.tanh(), nn.dropout(0.2), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.rmsprop { lr = 1e-3 },
  schedule = schedule.exponential { rate = 0.85 },
  epochs = 25,
}
