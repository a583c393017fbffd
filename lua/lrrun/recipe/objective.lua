--- What a search optimises: one metric, or several figures, each with its direction.
--
-- Of several one decides which evaluation of a run counts: the first that is measured (`monitor`).
-- `params` and `steps` are counted, not measured. No clock reaches a result: `seconds` is refused.
-- Layer: recipe.

local errors = require "lrrun.util.errors"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"

local objective = {}

local MOST = 8

-- Figures that are no metric: parameters of the network, updates that the run made.
local COUNTED = { params = "min", steps = "min" }

local function check_item(item, i, fail)
  local name = item
  if type(item) == "table" and not options.is_value(item) then
    name = item.monitor
    for key in pairs(item) do
      if key ~= "monitor" and key ~= "mode" then
        fail("of", "has an item %d with the key %s%s", i, errors.show(key), errors.after_hint(
          errors.hint(key, { "monitor", "mode" }), "it takes monitor, mode"))
      end
    end
    if item.mode ~= nil and item.mode ~= "min" and item.mode ~= "max" then
      fail("of", "has an item %d with mode = %s, want 'min' or 'max'", i, errors.show(item.mode))
    end
  end
  if type(name) ~= "string" then
    fail("of", "has an item %d that is %s, want a metric's name or { monitor =, mode = }", i,
      errors.show(item))
  end
  return name
end

local function check_list(o, fail)
  local seen = {}
  if #o.of < 2 or #o.of > MOST then
    fail("of", "has %d figures, want 2 to %d", #o.of, MOST)
  end
  for i, item in ipairs(o.of) do
    local name = check_item(item, i, fail)
    if seen[name] then
      fail("of", "has '%s' twice", name)
    end
    seen[name] = true
  end
end

objective.new = options.constructor {
  name = "objective",
  doc = "What a search optimises; a list of figures, as { 'val_accuracy', 'params' }, is searched "
    .. "for those settings that no other one beats in all of them.",
  keys = {
    { "monitor", "string", default = "val_loss",
      doc = "a metric; of several figures the one whose best evaluation counts" },
    { "mode", "string", choices = { "min", "max" }, doc = "follows the metric's name" },
    { "of", "list", of = "any", doc = "several figures, each a metric, 'params' or 'steps', or "
      .. "{ monitor =, mode = }" },
  },
  check = function(o, fail)
    if o.of then
      check_list(o, fail)
    end
  end,
}

--- Whether a figure is counted, not measured.
---@param name string
function objective.is_counted(name)
  return COUNTED[name] ~= nil
end

--- A recipe's table { 'val_accuracy', 'params' } as the table that `new` takes; others as they are.
---@param given table
---@return table
function objective.named(given)
  if #given == 0 then
    return given
  end
  for key in pairs(given) do
    if math.type(key) ~= "integer" then
      errors.raise(nil, "objective: has a list of figures and '%s' beside it; want { monitor =, "
        .. "mode = } in the list for each that needs it", tostring(key))
    end
  end
  if #given == 1 then
    return type(given[1]) == "table" and given[1] or { monitor = given[1] }
  end
  local out = { of = given }
  for _, item in ipairs(given) do
    local name = type(item) == "table" and item.monitor or item
    if type(name) == "string" and not COUNTED[name] and not out.monitor then
      out.monitor, out.mode = name, type(item) == "table" and item.mode or nil
    end
  end
  return out
end

--- The figures that an objective's opts name: { monitor, mode }, mode nil where it is not known.
---@param o table
---@return table[]
function objective.list(o)
  local out = {}
  for i, item in ipairs(o.of or { { monitor = o.monitor, mode = o.mode } }) do
    local name = type(item) == "table" and item.monitor or item
    out[i] = { monitor = name, mode = type(item) == "table" and item.mode or COUNTED[name]
      or metrics.mode(name) }
  end
  return out
end

local function names_known()
  local names = {}
  for name in pairs(metrics.by_name) do
    names[#names + 1] = name
  end
  names[#names + 1], names[#names + 2] = "params", "steps"
  table.sort(names)
  return names
end

-- What is wrong with a figure, or nil.
local function fault_of(item)
  if item.monitor == "seconds" then
    return "'seconds' is the clock's, and no clock reaches a result; what a run costs is 'params' "
      .. "or 'steps'"
  elseif item.mode then
    return nil
  end
  local named = metrics.names(metrics.named(item.monitor))
  if named[1] == item.monitor then
    return ("'%s' is no better high or low: it must say mode = 'min' or 'max'"):format(item.monitor)
  end
  return ("'%s' must say mode = 'min' or 'max'%s"):format(item.monitor, named[1]
    and (", or be what is reported: '%s'"):format(table.concat(named, "' or '"))
    or errors.hint(item.monitor, names_known()))
end

--- What is wrong with an objective, for people, or nil.
---@param o table its opts
---@return string?
function objective.fault(o)
  local measured
  for _, item in ipairs(objective.list(o)) do
    local why = fault_of(item)
    if why then
      return why
    end
    measured = measured or not COUNTED[item.monitor]
  end
  return not measured and "'params' and 'steps' alone are known before anything is trained: want "
    .. "a metric beside them, such as 'val_loss'" or nil
end

return objective
