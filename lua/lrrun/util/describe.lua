--- A recipe's value as one short line: "cosine{min=1e-05, length=5 epochs}".
--
-- Only what the recipe gave is shown, in the order of the descriptor. Layer: util.

local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"
local units = require "lrrun.util.units"

local match = string.match

local describe = {}

local function item(x)
  if options.descriptor(x) then
    return describe.value(x)
  elseif units.is(x) then
    return tostring(x)
  elseif type(x) == "table" then
    local parts = {}
    for i, part in ipairs(x) do
      parts[i] = item(part)
    end
    for key, part in sorted.pairs(x) do
      if math.type(key) ~= "integer" then
        parts[#parts + 1] = ("%s=%s"):format(tostring(key), item(part))
      end
    end
    return "{" .. table.concat(parts, ", ") .. "}"
  elseif math.type(x) == "float" then
    return ("%g"):format(x)
  elseif type(x) == "function" then
    return "function"
  end
  return tostring(x)
end

--- The value without its module's name.
---@param value table
---@return string
function describe.value(value)
  local desc = options.descriptor(value)
  if desc.text then
    return desc.text(value.opts, describe.value)
  end
  local parts = {}
  for _, rule in ipairs(desc.keys) do
    if value.given[rule[1]] then
      parts[#parts + 1] = rule[1] .. "=" .. item(value.opts[rule[1]])
    end
  end
  local name = desc.unnamed and "" or match(value.kind, "[^.]*$")
  return #parts == 0 and name ~= "" and name or name .. "{" .. table.concat(parts, ", ") .. "}"
end

return describe
