--- Defaults of a recipe that have changed since a run or a study was made: what held then holds
--- for it still. Layer: runs.

local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"

local defaults = {}

-- Keys of data whose default has changed, and what held in versions that did not know the key;
-- where a run's record has it, that holds.
local DATA = { target_scale = false, split = "random" }

--- The resolved recipe of a run that has this record, with the defaults of then.
---@param r table
---@param settings table what run.yaml says of the recipe as it was resolved
---@return table
function defaults.of_then(r, settings)
  local then_, now = settings.data, r.opts.data
  if type(then_) ~= "table" or then_.kind ~= now.kind then
    return r
  end
  local known, changes = options.descriptor(now).by_name, {}
  for key, before in pairs(DATA) do
    local held = then_[key]
    if held == nil then
      held = before
    end
    if known[key] and now.opts[key] ~= held then
      changes[key] = held
    end
  end
  return next(changes) and options.with(r, { data = options.with(now, changes) }) or r
end

--- What stands for defaults of now in a study that began: 2 has those of DATA.
defaults.NOW = 2

--- What held in versions before, of keys that a recipe's value says nothing of: { key, value } of
--- its data, which may be changed by the command line later on.
---@param value table
---@return table[]
function defaults.unsaid(value)
  local data, out = value.opts.data, {}
  local known = options.is_value(data, "data.") and options.descriptor(data).by_name or {}
  for key, before in sorted.pairs(DATA) do
    if known[key] and data.given[key] == nil then
      out[#out + 1] = { key, before }
    end
  end
  return out
end

--- The recipe's value with that.
---@param value table
---@return table
function defaults.pinned(value)
  local changes = {}
  for _, item in ipairs(defaults.unsaid(value)) do
    changes[item[1]] = item[2]
  end
  return next(changes) ~= nil
    and options.with(value, { data = options.with(value.opts.data, changes) }) or value
end

return defaults
