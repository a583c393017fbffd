--- From a recipe's schedule to the native one of a run.
--
-- Layer: schedule.

local clock_of = require "lrrun.util.clock"
local errors = require "lrrun.util.errors"
local native = require "lrrun.native.schedule"
local options = require "lrrun.util.options"
local stop = require "lrrun.stop.compile"

local compile = {}

-- Run lengths that a script did not give: nothing that needs one gets this far.
local ENDLESS = 2 ^ 53

-- box -> { clock, functions = { { id, value } }, phases = { { id, value } } }
local parts_of = setmetatable({}, { __mode = "k" })

local function children_of(value)
  local desc = options.descriptor(value)
  return desc.children and desc.children(value.opts) or {}
end

-- Updates that a phase says it lasts, not rounded; nil where it does not say.
local function exact_length(value, clock)
  local kind, o = value.kind, value.opts
  if kind == "schedule.seq" then
    local sum = 0
    for _, phase in ipairs(o.phases) do
      local length = exact_length(phase, clock)
      if not length then
        return nil
      end
      sum = sum + length
    end
    return sum
  elseif kind == "schedule.product" then
    local a, b = exact_length(o.a, clock), exact_length(o.b, clock)
    return a and b and math.max(a, b) or a or b
  elseif kind == "schedule.scale" then
    return exact_length(o.of, clock)
  end
  return o.length and clock_of.exact_steps(o.length, clock, kind, value.where)
end

local function rounded(x)
  return math.floor(x + 0.5)
end

-- Whole updates of a value that starts at `offset` (not rounded). Boundaries are rounded,
-- not lengths, so ten phases of 10 percent end where the run does.
local function whole_length(value, desc, clock, offset)
  local d = value.opts.length
  if not d then
    return 0
  elseif desc.cycles and desc.cycles(value.opts) then
    return math.max(1, clock_of.period(d, clock, value.kind, value.where))
  end
  local exact = clock_of.exact_steps(d, clock, value.kind, value.where)
  return math.max(1, rounded(offset + exact) - rounded(offset))
end

local function check_base(value, desc, clock)
  if not desc.base or clock.lr then
    return
  elseif desc.base == true then
    errors.raise(value.where, "%s starts from the optimizer's lr, which there is none of here; "
      .. "want a schedule of absolute values (linear, cosine, multistep with values, ...)",
      value.kind)
  elseif value.opts[desc.base] == nil then
    errors.raise(value.where, "%s: '%s' is missing: here is no optimizer's lr to take for it",
      value.kind, desc.base)
  end
end

local function check_length(value, desc, clock)
  if desc.fills and not value.opts.length and not clock.total_steps then
    errors.raise(value.where, "%s: 'length' is missing, and the clock has no total_steps to "
      .. "take the rest of", value.kind)
  end
end

local function unit_of(value, clock)
  if value.opts.by ~= "epoch" then
    return 1
  elseif not clock.steps_per_epoch then
    errors.raise(value.where, "%s: by = 'epoch' needs the clock's steps_per_epoch", value.kind)
  end
  return clock.pace and clock.steps_per_epoch * clock.pace or clock.steps_per_epoch
end

local function config_of(value, clock, offset)
  local desc = options.descriptor(value)
  check_base(value, desc, clock)
  check_length(value, desc, clock)
  local function steps(d)
    return d.amount == 0 and 0 or clock_of.steps(d, clock, value.kind, value.where)
  end
  local function fail(fmt, ...)
    errors.raise(value.where, "%s: %s", value.kind, fmt:format(...))
  end
  local function period(d)
    return clock_of.period(d, clock, value.kind, value.where)
  end
  local cfg, list = {}, nil
  if desc.native then
    cfg, list = desc.native(value.opts, steps, fail, period, clock)
  end
  cfg.kind, cfg.list = desc.native_kind, list
  cfg.length = whole_length(value, desc, clock, offset)
  cfg.unit = math.max(1, unit_of(value, clock))
  cfg.monitor = value.opts.monitor
  cfg.ends = value.opts.ends and stop.new(value.opts.ends, clock)
  return cfg
end

-- A sequence's phases without those of no length, such as warmup(0): the next one is there from the
-- first update on. The last stays whatever it says, as it takes what is left.
local function lasting(phases, clock)
  local kept = {}
  for i, phase in ipairs(phases) do
    if i == #phases or exact_length(phase, clock) ~= 0 then
      kept[#kept + 1] = phase
    end
  end
  return kept
end

local function parts_within(value, clock)
  local children = children_of(value)
  return value.kind == "schedule.seq" and lasting(children, clock) or children
end

local function add(box, parts, value, offset)
  local ids, start = {}, offset
  for i, child in ipairs(parts_within(value, parts.clock)) do
    ids[i] = add(box, parts, child, start)
    if value.kind == "schedule.seq" then
      start = start + (exact_length(child, parts.clock) or 0)
    end
  end
  local cfg = config_of(value, parts.clock, offset)
  cfg.children = ids
  local id = box:add(cfg)
  if value.opts.f then
    parts.functions[#parts.functions + 1] = { id = id, value = value, t = {} }
  end
  return id, ids
end

--- The native schedule of a run, with no metrics seen yet.
---@param value table a schedule
---@param clock table { lr =, steps_per_epoch =, total_steps =, samples_per_step = }; lr is
--- nil for a schedule in place of a number that is no rate
function compile.new(value, clock)
  clock_of.check(clock, value.kind, value.where)
  local box = native.new(clock.lr, clock.total_steps or ENDLESS)
  local parts = { clock = clock, functions = {}, phases = {} }
  local root, ids = add(box, parts, value, 0)
  local phases = { value }
  if value.kind == "schedule.seq" then
    phases = lasting(value.opts.phases, clock)
  else
    ids = { root }
  end
  for i, phase in ipairs(phases) do
    parts.phases[i] = { id = ids[i], value = phase }
  end
  parts_of[box] = parts
  return box
end

--- The phases of a compiled schedule: { { value, first, length } }, first the update it
--- starts at, math.huge where a metric decides.
function compile.phases(box)
  local out = {}
  for i, phase in ipairs(parts_of[box].phases) do
    local _, step, length = box:where(phase.id, 0)
    out[i] = { value = phase.value, first = -step, length = length }
  end
  return out
end

--- How many updates the warm-up that a schedule begins with takes; 0 where it begins with none.
function compile.warmup(box)
  local first = compile.phases(box)[1]
  return first and first.value.kind == "schedule.warmup" and first.length or 0
end

--- True when `feed` has to be called before each update: the recipe has a schedule.fn.
function compile.needs_feed(box)
  return #parts_of[box].functions > 0
end

local function call(part, clock, step, length, metrics)
  local value, t = part.value, part.t
  local progress = length > 0 and math.min(1, step / length) or 1
  -- In a squeezed run it is asked as the whole run would at the same share of its length.
  step = clock.pace and math.floor(step / clock.pace) or step
  t.step = math.tointeger(step)
  t.epoch = clock.steps_per_epoch and math.floor(step / clock.steps_per_epoch) or 0
  t.progress = progress
  t.lr = clock.lr
  t.metrics = metrics
  local ok, result = errors.try(value.opts.f, t)
  if not ok then
    errors.raise(value.where, "schedule.fn: its function failed at step %d: %s", t.step,
      tostring(result))
  elseif type(result) ~= "number" or result ~= result or math.abs(result) == math.huge then
    errors.raise(value.where, "schedule.fn: its function returned %s at step %d, want a finite "
      .. "number", result ~= result and "NaN" or errors.show(result), t.step)
  end
  return result
end

--- Asks the recipe's functions for update t. metrics: those of the last validation.
---@param box userdata
---@param t integer
---@param metrics table<string, number>?
function compile.feed(box, t, metrics)
  local parts = parts_of[box]
  for _, part in ipairs(parts.functions) do
    local active, step, length = box:where(part.id, t)
    if active then
      box:set(part.id, call(part, parts.clock, step, length, metrics or {}))
    end
  end
end

-- value -> what it was last compiled for in a script's loop
local last_of = setmetatable({}, { __mode = "k" })
local CLOCK_KEYS = {
  "lr", "steps_per_epoch", "total_steps", "samples_per_step", "samples_per_epoch",
}

local function same_clock(a, b)
  for _, key in ipairs(CLOCK_KEYS) do
    if a[key] ~= b[key] then
      return false
    end
  end
  return true
end

--- The value of update t without a run: no metric has been seen.
function compile.at(value, t, clock)
  local step = math.tointeger(t)
  if not step or step < 0 then
    errors.raise(nil, "%s: at(t, clock) wants a step, 0 or more, got %s", value.kind,
      errors.show(t))
  end
  clock_of.check_given(clock, value.kind .. ":at", nil)
  local last = last_of[value]
  if not last or not same_clock(last.clock, clock) then
    local copy = {}
    for _, key in ipairs(CLOCK_KEYS) do
      copy[key] = clock[key]
    end
    last = { clock = copy, box = compile.new(value, copy) }
    last_of[value] = last
  end
  if compile.needs_feed(last.box) then
    compile.feed(last.box, step, clock.metrics)
  end
  return last.box:at(step)
end

return compile
