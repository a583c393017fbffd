--- The peak learning rate of a recipe: where it stands, and the changes that make it another.
--
-- Most schedules are relative to the optimizer's lr; some phases have a peak of their own
-- (one_cycle{ max = }). Those are scaled whole, with their floors; one that starts from lr keeps
-- its floor, as it does for who changes lr by hand. Groups with rates of their own keep their
-- ratio. Changes are those of --set, so that run folders and frozen recipes say them.
-- Layer: advise.

local errors = require "lrrun.util.errors"
local ignores_lr = require "lrrun.schedule.ignores_lr"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"

local rate = {
  --- A rate to build a run with, where neither recipe nor optimizer has one.
  TYPICAL = 1e-3,
}

local function is_schedule(value)
  return options.is_value(value, "schedule.")
end

local function is_absolute(item)
  for _, rule in ipairs(options.descriptor(item).keys) do
    if rule.rate == "peak" and item.opts[rule[1]] ~= nil then
      return true
    end
  end
  return false
end

-- Calls f(phase, path, absolute) for each leaf of a schedule.
local function walk(value, path, f)
  local desc = options.descriptor(value)
  if not desc.children then
    return f(value, path, is_absolute(value))
  end
  for _, rule in ipairs(desc.keys) do
    local item = value.opts[rule[1]]
    if is_schedule(item) then
      walk(item, path .. "." .. rule[1], f)
    elseif type(item) == "table" then
      for i, phase in ipairs(item) do
        walk(phase, ("%s.%d"):format(rule[1] == desc.rest and path or path .. "." .. rule[1], i), f)
      end
    end
  end
end

-- The schedule of the rate, and the path of it; nil for a plain rate.
local function schedule_of(r)
  if is_schedule(r.opts.optimizer.opts.lr) then
    return r.opts.optimizer.opts.lr, "optimizer.lr"
  end
  return r.opts.schedule, "schedule"
end

-- All rates that the phases with peaks of their own name: { path, value, peak }; whether a phase
-- takes the optimizer's lr.
local function own_rates(r)
  local found, takes_lr = {}, false
  local value, at = schedule_of(r)
  if not value then
    return found, true
  end
  walk(value, at, function(phase, path, absolute)
    takes_lr = takes_lr or not absolute
    for _, rule in ipairs(absolute and options.descriptor(phase).keys or {}) do
      local item, where = phase.opts[rule[1]], path .. "." .. rule[1]
      if rule.rate and type(item) == "number" and item > 0 then
        found[#found + 1] = { where, item, rule.rate == "peak" }
      end
      for i, number in ipairs(rule.rate and type(item) == "table" and item or {}) do
        found[#found + 1] = { ("%s.%d"):format(where, i), number, true }
      end
    end
  end)
  return found, takes_lr and not is_schedule(r.opts.optimizer.opts.lr)
end

local function highest(found)
  local top
  for _, item in ipairs(found) do
    top = item[3] and math.max(top or 0, item[2]) or top
  end
  return top
end

--- The recipe's peak rate, nil where it is to be found; and what sets it, for messages.
---@param r table a resolved recipe
---@return number? rate, string key
function rate.of(r)
  local found, takes_lr = own_rates(r)
  local lr = r.opts.optimizer.opts.lr
  if takes_lr then
    return type(lr) == "number" and lr or nil, "optimizer.lr"
  end
  for _, item in ipairs(found) do
    if item[3] and item[2] == highest(found) then
      return item[2], item[1]
    end
  end
  return nil, "optimizer.lr"
end

--- The rate that its optimizer has without one of its own, nil where it has none.
---@param r table
function rate.default(r)
  return options.descriptor(r.opts.optimizer).by_name.lr.default
end

--- Raises where the rates are a function's that does not look at lr.
---@param r table a resolved recipe
---@param clock table of its run
---@param who string for the message
function rate.check_functions(r, clock, who)
  local value = r.opts.schedule
  local asks = false
  if value then
    walk(value, "schedule", function(phase)
      asks = asks or phase.kind == "schedule.fn"
    end)
  end
  if asks and ignores_lr(value, clock) then
    errors.raise(value.where, "%s: the function of schedule.fn gives the same rates whatever "
      .. "optimizer.lr is; want t.lr in it, the rate to schedule from", who)
  end
end

--- Raises where no advice can be given on the recipe's rate.
---@param r table
---@param who string for the message
function rate.check(r, who)
  local optimizer = r.opts.optimizer
  local own = options.descriptor(optimizer:maker()).own_sizes
  if own then
    errors.raise(optimizer.where, "%s: %s, and there is nothing to advise", who, own)
  end
  local value = schedule_of(r)
  local found = own_rates(r)
  if optimizer.opts.lr == "auto" and found[1] then
    errors.raise(optimizer.where, "%s is the rate to schedule from, and the schedule has one of "
      .. "its own, %s = %g; with lr = a number lrrun advise finds a better one",
      who == "lr = 'auto'" and who or who .. ": lr = 'auto'",
      found[1][1], found[1][2])
  elseif value and is_schedule(optimizer.opts.lr) and not highest(found) then
    errors.raise(value.where, "%s: optimizer.lr = %s names no peak rate that could be another; "
      .. "want lr = a number, and this as the recipe's 'schedule'", who, tostring(value))
  end
end

-- A rate that keeps its ratio to another: what rounding added behind it is no part of it
-- (0.0158 / 10 is 0.00158, not 0.0015800000000000002).
local function in_ratio(x)
  return tonumber(("%.12g"):format(x))
end

-- Rates that keep their ratio to the optimizer's, { path, rate }: of groups, and of AdamW beside an
-- optimizer of matrices.
local function rates_beside(optimizer)
  local out = {}
  local function add(path, value)
    if options.is_value(value) and type(value.opts.lr) == "number" then
      out[#out + 1] = { path, value.opts.lr }
    end
  end
  for i, group in ipairs(optimizer.opts.groups or {}) do
    add(("optimizer.groups.%d.lr"):format(i), group)
  end
  add("optimizer.adamw.lr", optimizer.opts.adamw)
  return out
end

--- Changes, as --set has them, that give the recipe the peak rate x.
---@param r table a resolved recipe
---@param x number
---@return { path: string, text: string }[]
function rate.changes(r, x)
  local out, optimizer = {}, r.opts.optimizer
  local function set(path, number)
    out[#out + 1] = { path = path, text = json.number(number) }
  end
  local found, takes_lr = own_rates(r)
  local now = rate.of(r)
  local factor = now and now > 0 and x / now or x / (highest(found) or x)
  for _, item in ipairs(found) do
    set(item[1], item[2] == now and x or in_ratio(item[2] * factor))
  end
  if takes_lr or not is_schedule(optimizer.opts.lr) then
    set("optimizer.lr", x)
  end
  for _, item in ipairs(now and rates_beside(optimizer) or {}) do
    set(item[1], in_ratio(item[2] * factor))
  end
  return out
end

return rate
