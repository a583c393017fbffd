--- From a stop rule of a recipe to the native rule of a run, and what it asks for.
-- Layer: stop.

local clock_of = require "lrrun.util.clock"
local metrics = require "lrrun.metrics"
local native = require "lrrun.native.stop"
local options = require "lrrun.util.options"

local compile = {}

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
  local cfg = desc.native and desc.native(value.opts, steps, clock.pace or 1) or {}
  cfg.kind = desc.native_kind
  cfg.monitor = value.opts.monitor
  cfg.children = ids
  return box:add(cfg)
end

--- The native rule (bind_stop.c) for a run on this clock, anew at each call.
---@param value table a stop rule
---@param clock table { steps_per_epoch =, total_steps =, ... }
function compile.new(value, clock)
  clock_of.check(clock, value.kind, value.where)
  local box = native.new()
  add(box, value, clock)
  return box
end

--- Metric and mode of the first rule that watches one, or nil.
---@return { monitor: string, mode: "min"|"max" }?
function compile.monitored(value)
  local name = value.opts.monitor
  if name then
    local mode = value.opts.mode or metrics.mode(name) or (value.opts.above and "max" or "min")
    return { monitor = name, mode = mode }
  end
  for _, child in ipairs(children_of(value)) do
    local found = compile.monitored(child)
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
function compile.restores_best(value)
  return wants_best(value) ~= false
end

return compile
