-- The table, large batches, LAMB, warmup and a line to 0.
local x, y = require("census").rows(6000)

return recipe {
  seed = 1,
  data = data.table { x, y, batch = 256, val = 0.3 },
  model = nn.sequential {
    nn.linear(96), nn.layernorm(), nn.gelu(), nn.linear(48), nn.gelu(), nn.linear(2),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.lamb { weight_decay = 0.01 },
  schedule = schedule.warmup(10*percent) .. schedule.linear(),
  epochs = 25,
}
