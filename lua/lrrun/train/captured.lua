--- Scripts that train by themselves (train.fit in a script), run for the sake of their
--- recipes: nothing is trained.
---
--- What a script sees of trainings is blank, so a recipe that hangs on their results comes
--- out different: reload compares it with what was recorded. Layer: train.

local current = require "lrrun.util.current"
local metrics = require "lrrun.metrics"

local captured = {}

local function blank_metrics()
  local m = {}
  for _, name in ipairs(metrics.names(metrics.shown, { "epoch", "step" })) do
    m[name] = 0
  end
  return m
end

local function blank_result()
  return {
    reason = "done", epochs = 0, steps = 0, seconds = 0, steps_per_second = 0,
    samples_per_second = 0, params = 0, digest = "", weights = "best", notes = {},
    best = blank_metrics(),
    last = blank_metrics(),
  }
end

-- The run of a training that did not take place: a network without parameters.
local function blank_run()
  local function nothing()
    return {}
  end
  return { blank = true, model = { params = nothing, buffers = nothing, grads = nothing } }
end

--- What train.fit gives in such a script; raises at the recipe that is wanted.
---@param recipe table
function captured.fit(recipe)
  current.script():meet(recipe)
  return blank_result(), blank_run()
end

--- What train.range gives where nothing may train: the optimizer's own rate.
---@param recipe table
function captured.range(recipe)
  local lr = recipe.opts.optimizer.opts.lr
  lr = type(lr) == "number" and lr or 1e-3
  return { points = {}, suggestion = lr,
    suggestions = { valley = lr, slide = lr, minimum = lr, steep = lr } }
end

--- What train.advise gives there.
---@param recipe table
function captured.advise(recipe)
  local lr = captured.range(recipe).suggestion
  return { suggestion = lr, interval = { low = lr, high = lr }, expected = 0, points = {},
    spent_runs = 0, seconds = 0, warnings = {} }
end

--- What train.evaluate gives there.
function captured.evaluate()
  local result = { split = "val", n = 0, rmse = 0, classes = {}, confusion = {} }
  for _, name in ipairs(metrics.plain) do
    result[name] = 0
  end
  return result
end

--- What search.run gives there.
function captured.search()
  return { best = { trial = 0, value = 0, params = {} }, trials = {}, reason = "done" }
end

return captured
