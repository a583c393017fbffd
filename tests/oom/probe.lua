-- Measures the loss around the weights of a small run; run with each allocation failing in turn.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local prepare = require "lrrun.train.prepare"
local probe = require "lrrun.train.probe"
local recipe = require "lrrun.recipe".new
local resolve = require "lrrun.recipe.resolve"

local run <close> = prepare.run(resolve.for_run(recipe {
  data = data.spirals { n = 12, batch = 4 },
  model = nn.sequential { nn.linear(4), nn.relu(), nn.linear(3) },
  loss = nn.cross_entropy(), optimizer = optim.adam(), epochs = 1,
}), {})
run.session:step()
local p <close> = probe.new(run, { samples = 12 })
assert(p:sharpness().value > 0 and p:limit().limit > 0 and p:noise().noise > 0)
