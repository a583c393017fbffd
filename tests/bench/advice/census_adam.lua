-- A table of 8,000 rows, batches of 32, Adam at one rate: 6,000 updates. A range test finds
-- nothing here: loss moves by its noise from update to update.
local x, y = require("census").rows(8000)

return recipe {
  seed = 1,
  data = data.table { x, y, batch = 32, val = 0.25 },
  model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(32), nn.relu(), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 1e-3 },
  epochs = 32,
}
