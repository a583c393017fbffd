--- A schedule from what a run's record says of it (recipe/plain.lua): kinds, options, and
--- durations as texts. The record may be anybody's. Layer: schedule.

local options = require "lrrun.util.options"
local units = require "lrrun.util.units"

require "lrrun.schedule" -- whose constructors are looked up here

local DEEPEST = 32

local value_of

local function item_of(item, depth)
  if type(item) == "table" and item.kind ~= nil then
    return value_of(item, depth)
  elseif type(item) == "table" then
    local out = {}
    for key, below in pairs(item) do
      out[key] = item_of(below, depth)
    end
    return out
  end
  return type(item) == "string" and units.parse(item) or item
end

value_of = function(t, depth)
  local kind = type(t) == "table" and t.kind
  local desc = type(kind) == "string" and (kind:find "^schedule%." or kind:find "^stop%.")
    and options.registry[kind]
  if not desc or depth > DEEPEST then
    error "no schedule"
  end
  local opts = {}
  for key, item in pairs(t) do
    if key ~= "kind" then
      opts[key] = item_of(item, depth + 1)
    end
  end
  return desc.new(opts)
end

--- The schedule, or nil where the record is of none that can be made again: a function of the
--- recipe's is not in it.
---@param t table of a run's settings
---@return table?
return function(t)
  local ok, value = pcall(value_of, t, 0)
  return ok and options.is_value(value, "schedule.") and value or nil
end
