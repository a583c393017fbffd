--- What stands in records of runs, which may be a stranger's: looked at with care. Layer: report.

local json = require "lrrun.record.json"
local sorted = require "lrrun.util.sorted"

local values = {}

--- row[key] where it is a finite number, else nil.
---@param row any
---@param key string
---@return number?
function values.number(row, key)
  local value = type(row) == "table" and row[key]
  return type(value) == "number" and value - value == 0 and value or nil
end

--- A table, or an empty one.
---@param x any
---@return table
function values.list(x)
  return type(x) == "table" and x or {}
end

--- Any value as a text; numbers so that they read back.
---@param x any
---@return string
function values.show(x)
  return type(x) == "number" and json.number(x) or tostring(x)
end

local function flatten(t, path, rows)
  for key, item in sorted.pairs(t) do
    local below = path and path .. "." .. tostring(key) or tostring(key)
    if type(item) == "table" then
      flatten(item, below, rows)
    else
      rows[#rows + 1] = { below, values.show(item) }
    end
  end
  return rows
end

--- The plain values of a tree: rows { "optimizer.lr", "0.01" }, in order.
---@param t any
---@return string[][]
function values.flatten(t)
  return flatten(values.list(t), nil, {})
end

return values
