-- Compiles, tells and saves stop rules of every kind; run with each allocation failing in turn.
local compile = require "lrrun.stop.compile"
local stop = require "lrrun.stop"

local rule = stop.any {
  stop.all { stop.early { patience = 2 }, stop.threshold { "val_accuracy", above = 0.9 } },
  stop.divergence {}, stop.nonfinite {}, stop.time "1 h",
}
local box <close> = compile.new(rule, { steps_per_epoch = 10 })
box:step(1.5, 1, 0.5)
box:check({ val_loss = 1, val_accuracy = 0.5 }, 10, 1)
box:load(box:save())
box:monitors()
