--- A run that is made longer: what the extension is, and the recipe that it makes.
--
-- stretch: the recipe's own schedule, planned anew over the whole length. Phases that take the
-- rest of the run or a share of it grow; the rate jumps to where that curve is now.
-- rewarm: the rate rises again to the highest one that the run has had in WARM of the new part,
-- then falls by a cosine to what it had ended at (Ibrahim et al., Simple and scalable strategies to
-- continually pre-train large language models, 2024).
-- cooldown: the rate falls in a line from where it is to 0 (Hägele et al., Scaling laws and
-- compute-optimal training beyond fixed training durations, 2024).
--
-- An extension is a plain table of run.yaml: via, epochs or steps (the new length), from_step,
-- and for the last two from_lr, base, warm (updates). via = "continue": continuation.lua.
-- Layer: runs.

local averaging = require "lrrun.train.averaging"
local compile = require "lrrun.schedule.compile"
local continuation = require "lrrun.runs.continuation"
local errors = require "lrrun.util.errors"
local folder = require "lrrun.runs.folder"
local locate = require "lrrun.recipe.locate"
local momentum = require "lrrun.train.momentum"
local options = require "lrrun.util.options"
local schedule = require "lrrun.schedule"
local seq = require "lrrun.schedule.seq"
local units = require "lrrun.util.units"

local extension = {}

local WARM = 0.05

--- Ways to extend, by name.
extension.ways = { "stretch", "rewarm", "cooldown" }

local function phases(item)
  local past = schedule.hold { units.new(item.from_step, "steps"), value = item.from_lr }
  if item.via == "cooldown" then
    return seq.join(past, schedule.linear { from = item.from_lr, to = 0 })
  end
  local rise = schedule.warmup { units.new(item.warm, "steps"), from = item.from_lr }
  local fall = schedule.cosine { min = math.min(item.from_lr, item.base) }
  return seq.join(seq.join(past, rise), fall) -- `..` is for recipes (host/join.h)
end

-- The optimizer with another base rate; rates of groups keep their ratio to it.
local function with_rate(optimizer, base)
  local o, groups = optimizer.opts, nil
  if o.groups and type(o.lr) == "number" and o.lr > 0 and o.lr ~= base then
    groups = {}
    for i, group in ipairs(o.groups) do
      local lr = group.opts.lr
      groups[i] = type(lr) == "number" and options.with(group, { lr = lr * (base / o.lr) }) or group
    end
  end
  return options.with(optimizer, { lr = base, groups = groups })
end

local function lengthened(r, item)
  local key = item.steps and "steps" or "epochs"
  return item[key] and options.with(r, { [key] = item[key] }) or r
end

--- The recipe with its extensions, in the order they were made.
---@param r table a resolved recipe
---@param list table[]?
function extension.apply(r, list)
  for _, item in ipairs(list or {}) do
    r = lengthened(r, item)
    if item.via == "continue" then
      r = continuation.apply(r, item)
    elseif item.via ~= "stretch" then
      r = options.with(r, { optimizer = with_rate(momentum.ended(r), item.base),
        schedule = phases(item) })
    end
  end
  return r
end

--- The rate of each update under a run's schedules: f(step), counted from 0.
---@param run table of prepare.run
function extension.curve(run)
  for _, item in ipairs(run.schedules) do
    if item.name == "lr" then
      return function(step)
        if item.feed then
          compile.feed(item.box, step, {})
        end
        return item.box:at(step)
      end
    end
  end
  local lr = run.recipe.opts.optimizer.opts.lr
  return function()
    return lr
  end
end

-- The highest rate that the run has had: of its schedule, where that does not hang on metrics, of
-- the extensions before, and of what was logged.
local function highest(run, step, from_lr)
  local curve, top = extension.curve(run), from_lr
  local told = pcall(function()
    for t = 0, step - 1 do
      top = math.max(top, curve(t))
    end
  end)
  for _, item in ipairs(run.settings and run.settings.extensions or {}) do
    top = math.max(top, item.base or 0)
  end
  for _, row in ipairs(told and {} or folder.rows(run.settings)) do
    top = math.max(top, type(row.lr) == "number" and row.lr or 0)
  end
  local lr = run.recipe.opts.optimizer.opts.lr
  local is_lr = type(lr) == "number" and math.abs(top - lr) <= 1e-9 * lr -- but for rounding
  return is_lr and lr or top
end

--- The extension of a run that has ended after `step` updates.
---@param run table of prepare.run, as long as it was
---@param step integer
---@param epochs integer epochs more, 1 or more
---@param via string
---@param from_lr number the rate of its last update
function extension.new(run, step, epochs, via, from_lr)
  if run.clock.pace then
    errors.raise(locate.key(run.recipe.where, "squeeze"), "extend: the run was squeezed to %g of "
      .. "its length, and its schedule with it; train it without 'squeeze' to extend it",
      run.clock.pace)
  end
  if via ~= "stretch" and averaging.by_optimizer(run.recipe.opts) then
    errors.raise(run.recipe.opts.optimizer.where, "extend: %s averages its steps in the place of a "
      .. "rate that falls, and --via %s lowers it; want --via stretch", run.recipe.opts.optimizer
      .kind, via)
  end
  local per_epoch = run.clock.steps_per_epoch
  local total = step + epochs * per_epoch
  local item = { via = via, from_step = step }
  if run.recipe.opts.steps then
    item.steps = total
  else
    item.epochs = (total + per_epoch - 1) // per_epoch
  end
  if via ~= "stretch" then
    item.from_lr, item.base = from_lr, highest(run, step, from_lr)
    item.warm = math.max(1, math.floor(WARM * epochs * per_epoch + 0.5))
  end
  return item
end

return extension
