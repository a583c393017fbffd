-- Compiles, asks, tells and saves schedules of every form; run with each allocation failing
-- in turn.
local compile = require "lrrun.schedule.compile"
local schedule = require "lrrun.schedule"
local stop = require "lrrun.stop"

local clock = { lr = 0.1, steps_per_epoch = 10, total_steps = 100 }
local value = schedule.warmup(1)
  .. schedule.hold { 2, ends = stop.any { stop.plateau { patience = 2 }, stop.time "1 h" } }
  .. schedule.multistep { at = { 1, 2 }, values = { 0.1, 0.2, 0.3 }, length = 3 }
  .. 0.5 * schedule.cosine {} * schedule.plateau { patience = 1 }
local box = compile.new(value, clock)
box:at(50)
box:observe({ val_loss = 1, val_accuracy = 0.5 }, 20, 1.5)
box:load(box:save())
box:monitors()
