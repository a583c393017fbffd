--- Values of the evaluator: { shape, type, data = flat list, row-major }, or a weight whose numbers
--- are still in the file, { shape, type, get = f(first, count) -> list }; lists are counted from 1,
--- `first` from 0. Layer: onnx.

local sys = require "lrrun.native.sys"

local values = {}

--- Raises where the user asked for an end: a network takes seconds, and what is half written has to
--- be taken away.
function values.poll()
  if sys.interrupted() then
    error("interrupted", 0)
  end
end

--- Numbers of a shape.
function values.count(shape)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  return n
end

--- A value.
---@param shape integer[]
---@param data any[]
---@param kind string? "real" without it; "I64", "BOOL"
function values.new(shape, data, kind)
  return { shape = shape, data = data, type = kind or "real" }
end

--- All numbers of a value.
function values.data(v)
  if not v.data then
    return v.get(0, values.count(v.shape))
  end
  return v.data
end

--- A value's list of whole numbers.
function values.ints(v)
  return values.data(v)
end

--- An axis from 0, where it may count from the end.
function values.axis(axis, rank)
  return axis < 0 and axis + rank or axis
end

--- Steps in a flat list from one place of each axis to the next.
function values.strides(shape)
  local out, step = {}, 1
  for i = #shape, 1, -1 do
    out[i] = step
    step = step * shape[i]
  end
  return out
end

--- Sizes before an axis (from 0), of it, and behind it, as products.
function values.around(shape, axis)
  local before, after = 1, 1
  for i = 1, axis do
    before = before * shape[i]
  end
  for i = axis + 2, #shape do
    after = after * shape[i]
  end
  return before, shape[axis + 1], after
end

-- Shapes with as many axes, of 1 in front, and what both become.
local function common(a, b)
  local rank, out = math.max(#a, #b), {}
  local function widened(shape)
    local wide = {}
    for i = 1, rank do
      wide[i] = shape[i - rank + #shape] or 1
    end
    return wide
  end
  local wa, wb = widened(a), widened(b)
  for i = 1, rank do
    if wa[i] ~= wb[i] and wa[i] ~= 1 and wb[i] ~= 1 then
      error(("shapes (%s) and (%s) do not go together"):format(table.concat(a, ", "),
        table.concat(b, ", ")), 0)
    end
    out[i] = wa[i] == 1 and wb[i] or wa[i]
  end
  return wa, wb, out
end

-- Strides of a shape within a wider one: 0 where it is repeated.
local function repeated(shape)
  local out = values.strides(shape)
  for i, d in ipairs(shape) do
    out[i] = d == 1 and 0 or out[i]
  end
  return out
end

--- f of each pair of elements, as ONNX's (NumPy's) broadcasting has them.
---@param a table
---@param b table
---@param f function
---@param kind string? of the result; a's without it
function values.pairwise(a, b, f, kind)
  local wa, wb, shape = common(a.shape, b.shape)
  local sa, sb, x, y, out = repeated(wa), repeated(wb), values.data(a), values.data(b), {}
  local rank, n = #shape, 0
  local function walk(axis, i, j)
    local size, di, dj = shape[axis] or 1, sa[axis] or 0, sb[axis] or 0
    if axis < rank then
      for _ = 1, size do
        walk(axis + 1, i, j)
        i, j = i + di, j + dj
      end
      return
    end
    for k = n + 1, n + size do
      out[k] = f(x[i], y[j])
      i, j = i + di, j + dj
    end
    n = n + size
  end
  walk(1, 1, 1)
  return values.new(shape, out, kind or a.type)
end

--- f of each element.
function values.each(a, f, kind)
  local x, out = values.data(a), {}
  for i = 1, #x do
    out[i] = f(x[i])
  end
  return values.new(a.shape, out, kind or a.type)
end

return values
