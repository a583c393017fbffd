--- How a data set's values become a network's inputs, and its outputs the data's own units, as
--- ONNX's nodes: (x - mean) * factor of each column or channel. Layer: onnx.

local scaling = {}

-- Inputs that each kind of a table's column has, and what they are called behind its name.
local function inputs_of(feature, name)
  if feature.kind == "category" then
    local out = {}
    for i, level in ipairs(feature.levels) do
      out[i] = name .. "=" .. level
    end
    return out
  elseif feature.kind == "date" then
    return { name .. " (days)", name .. " (month)", name .. " (weekday)",
      feature.time and name .. " (hour)" or nil }
  end
  return { name }
end

--- Names of the inputs of a table's model, and what is taken off each before it is scaled; nil
--- where the data are no table.
---@param data table the data set
---@return string[]? names, number[]? offsets
function scaling.columns(data)
  local known = data.columns
  if not known or type(known.features[1]) ~= "table" then
    return nil
  end
  local names, offsets = {}, {}
  for _, feature in ipairs(known.features) do
    local name = known.names[feature.column]
    local list = inputs_of(feature, name)
    for _, item in ipairs(list) do
      names[#names + 1] = item
      offsets[#names] = #list == 1 and feature.offset or 0
    end
    if feature.flag then
      names[#names + 1] = name .. " (missing)"
      offsets[#names] = 0
    end
  end
  return names, offsets
end

local function has_any(list)
  for _, x in ipairs(list or {}) do
    if x ~= 0 then
      return true
    end
  end
  return false
end

local FILLS = { mean = true, median = true, flag = true }

-- What missing values are as the network takes them, for each value of a sample; nil where they
-- are not filled in.
local function filling(data, means, factors)
  if not (data.columns or data.arrays) or not FILLS[data.opts.missing] then
    return nil
  end
  local out, fill = {}, data:fill()
  for i, value in ipairs(fill) do
    local c = (i - 1) // (#fill // #means) + 1
    out[i] = (value - means[c]) * factors[c]
  end
  return out
end

-- Sizes of n means against a sample's shape.
local function sizes_of(n, shape, seq)
  if #shape >= 3 and n == shape[1] then
    local sizes = { n }
    for i = 2, #shape do
      sizes[i] = 1
    end
    return sizes
  elseif n == 1 then -- of all values together: digits in a row, arrays of bytes
    return { 1 }
  end
  return { table.unpack(shape, seq and 2 or 1) }
end

--- What has to be taken off and multiplied: { mean, factor, offset (lists), shape (of the lists,
--- against a sample's), fill (list; nil: missing values stay), double = true where numbers of 32
--- bits would not hold the values }; nil and why where there is nothing of the kind.
---@param data table
---@param seq boolean samples are sequences
---@return table?, string?
function scaling.of(data, seq)
  if data.dtype == "i32" then
    return nil, "tokens have no scale"
  end
  local means, factors = data:scale()
  local shape, names, offsets = data.shape, scaling.columns(data)
  offsets = offsets or data.arrays and table.move(data.arrays.base or {}, 1, #means, 1, {})
  local sizes = sizes_of(#means, shape, seq)
  local double = has_any(offsets)
  for i = 1, double and #means or 0 do
    offsets[i] = offsets[i] or 0 -- inputs that say what is missing
  end
  return { mean = means, factor = factors, offset = double and offsets or nil, shape = sizes,
    double = double, names = names, fill = filling(data, means, factors), sizes = shape }
end

--- Input x, as the data have it, as the network takes it.
---@param n table onnx/net.lua
---@param x string
---@param of table of scaling.of
---@return string
function scaling.apply(n, x, of)
  local kind = of.double and "F64" or nil
  if of.offset then
    x = n:node("Sub", { x, n:reals(of.offset, of.shape, kind) })
  end
  x = n:node("Sub", { x, n:reals(of.mean, of.shape, kind) })
  x = n:node("Mul", { x, n:reals(of.factor, of.shape, kind) })
  if of.double then
    x = n:node("Cast", { x }, { { "to", "i", n.REAL == "F64" and 11 or 1 } })
  end
  return of.fill and n:node("Where", { n:node("IsNaN", { x }), n:reals(of.fill, of.sizes), x }) or x
end

--- Outputs of scaled targets in the targets' own units.
---@param n table
---@param y string
---@param data table
---@return string
function scaling.undo(n, y, data)
  local shape = { #data.target_means }
  y = n:node("Mul", { y, n:reals(data.target_deviations, shape) })
  return n:node("Add", { y, n:reals(data.target_means, shape) })
end

return scaling
