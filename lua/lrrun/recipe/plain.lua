--- A recipe's resolved settings as plain tables, for run.yaml and `diff`: each value is its
--- kind and its options (an option that is called `kind` itself is `of_kind`). Layer: recipe.

local options = require "lrrun.util.options"
local units = require "lrrun.util.units"

local describe

local function describe_value(value, desc)
  local out = { kind = value.kind }
  for _, rule in ipairs(desc.keys) do
    local item = value.opts[rule[1]]
    if item ~= nil then
      out[rule[1] == "kind" and "of_kind" or rule[1]] = describe(item)
    end
  end
  return out
end

--- `value` as plain tables, texts and numbers.
describe = function(value)
  local desc = options.descriptor(value)
  if desc then
    return describe_value(value, desc)
  elseif units.is(value) then
    return tostring(value)
  elseif type(value) == "table" then
    local out = {}
    for key, item in pairs(value) do
      out[key] = describe(item)
    end
    return out
  elseif type(value) == "function" then
    return "function"
  end
  return value
end

return describe
