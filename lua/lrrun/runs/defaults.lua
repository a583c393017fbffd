--- Defaults of a recipe that have changed since a run was made: what held then holds for it still.
--- Layer: runs.

local options = require "lrrun.util.options"

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

return defaults
