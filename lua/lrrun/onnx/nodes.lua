--- Nodes of the evaluator that calculate element by element or along axes: f(node, attrs,
--- inputs...) gives the outputs. In doubles, by ONNX's definitions of opset 17
--- (https://onnx.ai/onnx/operators). Layer: onnx.

local values = require "lrrun.onnx.values"

local nodes = {}

local exp, max = math.exp, math.max

local function pairs_of(f, kind)
  return function(_, _, a, b)
    return values.pairwise(a, b, f, kind)
  end
end

nodes.Add = pairs_of(function(a, b) return a + b end)
nodes.Sub = pairs_of(function(a, b) return a - b end)
nodes.Mul = pairs_of(function(a, b) return a * b end)
nodes.Div = pairs_of(function(a, b) return a / b end)
nodes.Less = pairs_of(function(a, b) return a < b end, "BOOL")
nodes.LessOrEqual = pairs_of(function(a, b) return a <= b end, "BOOL")
nodes.And = pairs_of(function(a, b) return a and b end, "BOOL")

function nodes.Where(_, _, mask, a, b)
  local first = values.pairwise(mask, a, function(m, x)
    return m and x or false
  end, "real")
  return values.pairwise(first, b, function(x, y)
    return x or y
  end)
end

local function sigmoid(x)
  return x >= 0 and 1 / (1 + exp(-x)) or exp(x) / (1 + exp(x))
end
nodes.sigmoid = sigmoid

--- tanh, which Lua's library has no more.
function nodes.tanh(x)
  local e = exp(-2 * math.abs(x))
  local y = (1 - e) / (1 + e)
  return x < 0 and -y or y
end

-- The error function: its series near 0, a continued fraction of its complement elsewhere
-- (Abramowitz and Stegun, 7.1.6 and 7.1.14).
local function erf(x)
  local a = math.abs(x)
  if a < 3 then
    local term, sum, k = a, a, 0
    while term > 1e-17 * sum do
      k = k + 1
      term = term * 2 * a * a / (2 * k + 1)
      sum = sum + term
    end
    sum = 2 / math.sqrt(math.pi) * exp(-a * a) * sum
    return x < 0 and -sum or sum
  end
  local fraction = a
  for k = 40, 1, -1 do
    fraction = a + k / 2 / fraction
  end
  local rest = exp(-a * a) / math.sqrt(math.pi) / fraction
  return x < 0 and rest - 1 or 1 - rest
end

local function each(f)
  return function(_, attrs, x)
    return values.each(x, function(v)
      return f(v, attrs)
    end)
  end
end

function nodes.IsNaN(_, _, x)
  return values.each(x, function(v)
    return v ~= v
  end, "BOOL")
end

nodes.Relu = each(function(x) return max(x, 0) end)
nodes.LeakyRelu = each(function(x, a) return x < 0 and a.alpha * x or x end)
nodes.Elu = each(function(x, a) return x < 0 and a.alpha * (exp(x) - 1) or x end)
nodes.Sigmoid = each(sigmoid)
nodes.Tanh = each(nodes.tanh)
nodes.Sqrt = each(math.sqrt)
nodes.Erf = each(erf)
nodes.Softplus = each(function(x) return max(x, 0) + math.log(1 + exp(-math.abs(x))) end)
nodes.Selu = each(function(x)
  local gamma, alpha = 1.05070102214813232421875, 1.67326319217681884765625
  return gamma * (x > 0 and x or alpha * (exp(x) - 1))
end)

function nodes.Cast(_, attrs, x)
  if x.type == "BOOL" then
    return values.each(x, function(v)
      return v and 1.0 or 0.0
    end, "real")
  end
  return values.new(x.shape, values.data(x), attrs.to == 6 and "I64" or "real")
end

-- f(list of an axis's values, count) in place of them, for axes of which all behind are taken too.
local function rows_of(x, f)
  local size = x.shape[#x.shape]
  local data, out = values.data(x), {}
  for at = 0, #data - size, size do
    f(data, at, size, out)
  end
  return values.new(x.shape, out)
end

function nodes.Softmax(_, attrs, x)
  assert(attrs.axis == -1)
  return rows_of(x, function(data, at, size, out)
    local most, sum = -math.huge, 0
    for i = at + 1, at + size do
      most = max(most, data[i])
    end
    for i = at + 1, at + size do
      out[i] = exp(data[i] - most)
      sum = sum + out[i]
    end
    for i = at + 1, at + size do
      out[i] = out[i] / sum
    end
  end)
end

-- Mean and 1 / sqrt(variance + eps) of some values.
local function moments(data, at, size, eps)
  local sum, square = 0, 0
  for i = at + 1, at + size do
    sum = sum + data[i]
  end
  local mean = sum / size
  for i = at + 1, at + size do
    square = square + (data[i] - mean) ^ 2
  end
  return mean, 1 / math.sqrt(square / size + eps)
end

function nodes.LayerNormalization(_, attrs, x, weight, bias)
  assert(attrs.axis == -1)
  local w, b = values.data(weight), values.data(bias)
  return rows_of(x, function(data, at, size, out)
    local mean, scale = moments(data, at, size, attrs.epsilon)
    for i = 1, size do
      out[at + i] = (data[at + i] - mean) * scale * w[i] + b[i]
    end
  end)
end

function nodes.InstanceNormalization(_, attrs, x, weight, bias)
  local _, channels, size = values.around(x.shape, 1)
  local w, b, data, out = values.data(weight), values.data(bias), values.data(x), {}
  for row = 0, x.shape[1] * channels - 1 do
    local mean, scale = moments(data, row * size, size, attrs.epsilon)
    local c = row % channels + 1
    for i = row * size + 1, (row + 1) * size do
      out[i] = (data[i] - mean) * scale * w[c] + b[c]
    end
  end
  return values.new(x.shape, out)
end

function nodes.BatchNormalization(_, attrs, x, ...)
  local w, b, mean, variance = values.data(...), values.data((select(2, ...))),
    values.data((select(3, ...))), values.data((select(4, ...)))
  local _, channels, size = values.around(x.shape, 1)
  local data, out = values.data(x), {}
  for row = 0, x.shape[1] * channels - 1 do
    local c = row % channels + 1
    local scale = w[c] / math.sqrt(variance[c] + attrs.epsilon)
    for i = row * size + 1, (row + 1) * size do
      out[i] = (data[i] - mean[c]) * scale + b[c]
    end
  end
  return values.new(x.shape, out)
end

-- Along one axis: f(so far, value), from `first`; `finish(result, size)`.
local function reduced(x, axis, keep, first, f, finish)
  axis = values.axis(axis, #x.shape)
  local before, size, after = values.around(x.shape, axis)
  local data, out, shape = values.data(x), {}, { table.unpack(x.shape) }
  for b = 0, before - 1 do
    for a = 1, after do
      local result = first
      for i = 0, size - 1 do
        result = f(result, data[(b * size + i) * after + a])
      end
      out[#out + 1] = finish and finish(result, size) or result
    end
  end
  shape[axis + 1] = 1
  if keep == 0 then
    table.remove(shape, axis + 1)
  end
  return values.new(shape, out)
end

local function sum(a, b)
  return a + b
end

local function divided(a, size)
  return a / size
end

function nodes.ReduceMean(_, attrs, x)
  return reduced(x, attrs.axes[1], attrs.keepdims, 0, sum, divided)
end

function nodes.ReduceMax(_, attrs, x)
  return reduced(x, attrs.axes[1], attrs.keepdims, -math.huge, max)
end

function nodes.ReduceSum(_, attrs, x, axes)
  return reduced(x, values.ints(axes)[1], attrs.keepdims, 0, sum)
end

-- All behind the channels as one axis.
local function global(x, first, f, finish)
  local n, c, size = values.around(x.shape, 1)
  local y = reduced(values.new({ n, c, size }, values.data(x)), 2, 1, first, f, finish)
  y.shape = { n, c, 1, 1 }
  return y
end

function nodes.GlobalAveragePool(_, _, x)
  return global(x, 0, sum, divided)
end

function nodes.GlobalMaxPool(_, _, x)
  return global(x, -math.huge, max)
end

return nodes
