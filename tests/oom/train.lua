-- Trains a small recipe from beginning to end; run with each allocation failing in turn.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

local result = train.fit(recipe {
  data = data.spirals { n = 12, val = 0.5, batch = 4 },
  model = nn.sequential { nn.linear(4), nn.relu(), nn.linear(3) },
  loss = nn.cross_entropy(), optimizer = optim.adam(), epochs = 1, metrics = { "f1", "auc" },
}, { record = false, quiet = true })
assert(result.reason == "done")

-- Of what is evaluated elsewhere than it trains.
result = train.fit(recipe {
  data = data.spirals { n = 12, val = 0.5, batch = 4 },
  model = nn.sequential { nn.linear(4), nn.batchnorm(), nn.linear(3) },
  optimizer = optim.schedule_free_adamw { warmup = 1 }, epochs = 1,
  average = { kind = "lawa", every = 1, last = 2, batchnorm = 1 },
}, { record = false, quiet = true })
assert(result.reason == "done")
