--- Nodes of the evaluator that move values and change none. Layer: onnx.

local values = require "lrrun.onnx.values"

local shapes = {}

local function reshaped(v, shape)
  return { shape = shape, data = v.data, get = v.get, type = v.type }
end

function shapes.Identity(_, _, x)
  return x
end

function shapes.Reshape(_, _, x, to)
  local shape, known, free = {}, 1, nil
  for i, d in ipairs(values.ints(to)) do
    shape[i] = d == 0 and x.shape[i] or d
    if d == -1 then
      free = i
    else
      known = known * shape[i]
    end
  end
  if free then
    shape[free] = values.count(x.shape) // known
  end
  if values.count(shape) ~= values.count(x.shape) then
    error(("Reshape of (%s) to (%s)"):format(table.concat(x.shape, ", "),
      table.concat(shape, ", ")), 0)
  end
  return reshaped(x, shape)
end

function shapes.Flatten(_, attrs, x)
  local before, size, after = values.around(x.shape, attrs.axis)
  return reshaped(x, { before, size * after })
end

function shapes.Unsqueeze(_, _, x, axes)
  local shape, new, rank = {}, {}, #x.shape + #values.ints(axes)
  for _, axis in ipairs(values.ints(axes)) do
    new[values.axis(axis, rank)] = true
  end
  local from = 0
  for i = 0, rank - 1 do
    from = from + (new[i] and 0 or 1)
    shape[i + 1] = new[i] and 1 or x.shape[from]
  end
  return reshaped(x, shape)
end

function shapes.Squeeze(_, _, x, axes)
  local shape, gone = {}, {}
  for _, axis in ipairs(values.ints(axes)) do
    gone[values.axis(axis, #x.shape)] = true
  end
  for i, d in ipairs(x.shape) do
    if not gone[i - 1] then
      shape[#shape + 1] = d
    elseif d ~= 1 then
      error(("Squeeze of axis %d, which has %d places"):format(i - 1, d), 0)
    end
  end
  return reshaped(x, shape)
end

function shapes.Transpose(_, attrs, x)
  local perm, shape = attrs.perm, {}
  for i, axis in ipairs(perm) do
    shape[i] = x.shape[axis + 1]
  end
  if x.get and #perm == 2 and perm[1] == 1 then
    return { shape = shape, type = x.type, turned = x, get = function()
      return shapes.Transpose(nil, attrs, values.new(x.shape, values.data(x), x.type)).data
    end }
  end
  local steps, from, out, n = values.strides(x.shape), values.data(x), {}, 0
  local function walk(axis, at)
    local step = steps[perm[axis] + 1]
    for _ = 1, shape[axis] do
      if axis == #shape then
        n = n + 1
        out[n] = from[at]
      else
        walk(axis + 1, at)
      end
      at = at + step
    end
  end
  walk(1, 1)
  return values.new(shape, out, x.type)
end

function shapes.Concat(_, attrs, ...)
  local list = { ... }
  local axis = values.axis(attrs.axis, #list[1].shape)
  local before, out, shape = nil, {}, { table.unpack(list[1].shape) }
  local widths, data = {}, {}
  shape[axis + 1] = 0
  for i, v in ipairs(list) do
    local size, after
    before, size, after = values.around(v.shape, axis)
    widths[i], data[i] = size * after, values.data(v)
    shape[axis + 1] = shape[axis + 1] + size
  end
  for b = 0, before - 1 do
    for i, width in ipairs(widths) do
      table.move(data[i], b * width + 1, (b + 1) * width, #out + 1, out)
    end
  end
  return values.new(shape, out, list[1].type)
end

-- Places from `first` on, `size` of an axis.
local function part(x, axis, first, size)
  local before, all, after = values.around(x.shape, axis)
  local data, out, shape = values.data(x), {}, { table.unpack(x.shape) }
  for b = 0, before - 1 do
    local from = (b * all + first) * after
    table.move(data, from + 1, from + size * after, #out + 1, out)
  end
  shape[axis + 1] = size
  return values.new(shape, out, x.type)
end

function shapes.Split(_, attrs, x, sizes)
  local axis, out, first = values.axis(attrs.axis, #x.shape), {}, 0
  for i, size in ipairs(values.ints(sizes)) do
    out[i] = part(x, axis, first, size)
    first = first + size
  end
  return table.unpack(out)
end

function shapes.Slice(_, _, x, starts, ends, axes)
  for i, axis in ipairs(values.ints(axes)) do
    local size = x.shape[axis + 1]
    local first = math.min(values.ints(starts)[i], size)
    x = part(x, axis, first, math.min(values.ints(ends)[i], size) - first)
  end
  return x
end

function shapes.Shape(_, _, x)
  return values.new({ #x.shape }, { table.unpack(x.shape) }, "I64")
end

function shapes.Range(_, _, first, limit, step)
  local out = {}
  for i = values.ints(first)[1], values.ints(limit)[1] - 1, values.ints(step)[1] do
    out[#out + 1] = i
  end
  return values.new({ #out }, out, "I64")
end

-- Rows of a table that may still be in the file.
local function rows(table_value, ids, width)
  local out, data = {}, table_value.data
  for _, id in ipairs(ids) do
    if id < 0 or id >= table_value.shape[1] then
      error(("Gather of place %d among %d"):format(id, table_value.shape[1]), 0)
    elseif data then
      table.move(data, id * width + 1, (id + 1) * width, #out + 1, out)
    else
      table.move(table_value.get(id * width, width), 1, width, #out + 1, out)
    end
  end
  return out
end

function shapes.Gather(_, attrs, x, indices)
  local ids, shape = values.ints(indices), {}
  if attrs.axis == 0 then
    local _, _, width = values.around(x.shape, 0)
    table.move(indices.shape, 1, #indices.shape, 1, shape)
    table.move(x.shape, 2, #x.shape, #shape + 1, shape)
    return values.new(shape, rows(x, ids, width), x.type)
  elseif #indices.shape > 0 then
    error("Gather is evaluated along axis 0, or of one place", 0)
  end
  local one = part(x, attrs.axis, ids[1], 1)
  return shapes.Squeeze(nil, nil, one, values.new({ 1 }, { attrs.axis }, "I64"))
end

-- One place of the second axis for each of the first.
function shapes.GatherND(_, attrs, x, indices)
  if attrs.batch_dims ~= 1 or #indices.shape ~= 2 or indices.shape[2] ~= 1 then
    error("GatherND is evaluated with one place for each sample alone", 0)
  end
  local data, ids, out = values.data(x), values.ints(indices), {}
  local n, t, width = values.around(x.shape, 1)
  for i = 0, n - 1 do
    local from = (i * t + ids[i + 1]) * width
    table.move(data, from + 1, from + width, #out + 1, out)
  end
  return values.new({ n, table.unpack(x.shape, 3) }, out, x.type)
end

return shapes
