--- Stop rules: `require "lrrun.stop"`.
--
--   stop.early{...} and the others give values for a recipe
--   stop.compile(value, clock)   the native rule of a run (bind_stop.c), anew at each call
--   stop.monitored(value)        { monitor, mode } of the first rule that watches a metric
--   stop.restores_best(value)    whether the best epoch's weights are put back at the end
--
-- Layer: stop.

local clock_of = require "lrrun.util.clock"
local metrics = require "lrrun.metrics"
local native = require "lrrun.native.stop"
local options = require "lrrun.util.options"

local stop = {
  early = require "lrrun.stop.early",
  plateau = require "lrrun.stop.plateau",
  threshold = require "lrrun.stop.threshold",
  divergence = require "lrrun.stop.divergence",
  nonfinite = require "lrrun.stop.nonfinite",
  time = require "lrrun.stop.time",
  any = require "lrrun.stop.any",
  all = require "lrrun.stop.all",
}

local function children_of(value)
  local desc = options.descriptor(value)
  return desc.children and desc.children(value.opts) or {}
end

local function add(box, value, clock)
  local desc = options.descriptor(value)
  local function steps(d)
    return d.amount == 0 and 0 or clock_of.steps(d, clock, value.kind, value.where)
  end
  local ids = {}
  for i, child in ipairs(children_of(value)) do
    ids[i] = add(box, child, clock)
  end
  local cfg = desc.native and desc.native(value.opts, steps) or {}
  cfg.kind = desc.native_kind
  cfg.monitor = value.opts.monitor
  cfg.children = ids
  return box:add(cfg)
end

--- The native rule for a run on this clock.
---@param value table a stop rule
---@param clock table { steps_per_epoch =, total_steps =, ... }
function stop.compile(value, clock)
  clock_of.check(clock, value.kind, value.where)
  local box = native.new()
  add(box, value, clock)
  return box
end

--- Metric and mode of the first rule that watches one, or nil.
---@return { monitor: string, mode: "min"|"max" }?
function stop.monitored(value)
  local name = value.opts.monitor
  if name then
    local mode = value.opts.mode or metrics.mode(name) or (value.opts.above and "max" or "min")
    return { monitor = name, mode = mode }
  end
  for _, child in ipairs(children_of(value)) do
    local found = stop.monitored(child)
    if found then
      return found
    end
  end
  return nil
end

-- What the rules say of it: true where one asks for the best weights, false where those
-- that have a say all refuse, nil where none has one.
local function wants_best(value)
  local says = value.opts.restore_best
  for _, child in ipairs(children_of(value)) do
    local its = wants_best(child)
    if its ~= nil then
      says = says or its
    end
  end
  return says
end

--- Whether the best epoch's weights are put back at the end: unless the recipe's rules say
--- restore_best = false.
function stop.restores_best(value)
  return wants_best(value) ~= false
end

return stop
