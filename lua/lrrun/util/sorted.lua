--- Keys of a table in an order that is the same in every process.
--
-- Layer: util.

local sorted = {}

local function before(a, b)
  local whole_a, whole_b = type(a) == "number", type(b) == "number"
  if whole_a ~= whole_b then
    return whole_a
  end
  return a < b
end

--- The keys of `t`: those in `first` in that order, then numbers ascending, then strings
--- bytewise. Other keys raise: their order would be that of memory.
---@param t table
---@param first string[]?
---@return (string|number)[]
function sorted.keys(t, first)
  local keys, seen = {}, {}
  if next(t) == nil then
    return keys
  end
  for _, key in ipairs(first or {}) do
    if t[key] ~= nil and not seen[key] then
      keys[#keys + 1] = key
      seen[key] = true
    end
  end
  local rest = {}
  for key in next, t do
    if not seen[key] then
      if type(key) ~= "string" and type(key) ~= "number" then
        error(("a table with a %s as key has no fixed order"):format(type(key)), 0)
      end
      rest[#rest + 1] = key
    end
  end
  table.sort(rest, before)
  return table.move(rest, 1, #rest, #keys + 1, keys)
end

--- pairs(t) in that order.
function sorted.pairs(t, first)
  local keys = sorted.keys(t, first)
  local i = 0
  return function()
    i = i + 1
    local key = keys[i]
    return key, t[key]
  end
end

return sorted
