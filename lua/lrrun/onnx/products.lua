--- Products of the evaluator: Gemm, MatMul, Conv, and pooling. In doubles, one element after
--- another, as ONNX's definitions have them: it is to be right, not fast. Layer: onnx.

local values = require "lrrun.onnx.values"

local products = {}

local BLOCK = 1 << 18 -- numbers of a weight that are looked at together

-- Rows of a flat list behind `at`, each a list of its own.
local function rows_of(list, at, rows, k)
  local out = {}
  for r = 1, rows do
    out[r] = table.move(list, at + (r - 1) * k + 1, at + r * k, 1, {})
  end
  return out
end

-- y[base + (r - 1) * step + u] = x[r] . w[u] of lists of rows, four of w at a time: a number of x
-- is then looked up once for four.
local function dots(x, w, k, y, base, step)
  for u = 1, #w, 4 do
    values.poll()
    local a, b, c, d = w[u], w[u + 1] or w[u], w[u + 2] or w[u], w[u + 3] or w[u]
    for r = 1, #x do
      local row, at = x[r], base + (r - 1) * step + u
      local p, q, s, t = 0.0, 0.0, 0.0, 0.0
      for i = 1, k do
        local v = row[i]
        p, q, s, t = p + v * a[i], q + v * b[i], s + v * c[i], t + v * d[i]
      end
      y[at] = p
      for more, sum in ipairs { w[u + 1] and q, w[u + 2] and s, w[u + 3] and t } do
        y[at + more] = sum
      end
    end
  end
end

-- Places of y come in any order: a list without holes is quicker.
local function filled(n)
  local out = {}
  for i = 1, n do
    out[i] = 0.0
  end
  return out
end

-- y (rows, units) = x (rows, k) W^T, W (units, k) read some rows at a time.
local function rows_by_rows(x, rows, k, w, units)
  local y, x_rows = filled(rows * units), rows_of(x, 0, rows, k)
  local most = math.max(1, BLOCK // math.max(k, 1))
  for first = 0, units - 1, most do
    local count = math.min(most, units - first)
    local part = w.data and rows_of(w.data, first * k, count, k)
      or rows_of(w.get(first * k, count * k), 0, count, k)
    dots(x_rows, part, k, y, first, units)
  end
  return y
end

function products.Gemm(_, attrs, x, w, bias)
  if attrs.transB ~= 1 or attrs.transA or attrs.alpha or attrs.beta then
    error("Gemm is evaluated with transB = 1 alone", 0)
  end
  local rows, k, units = x.shape[1], x.shape[2], w.shape[1]
  local y = values.new({ rows, units }, rows_by_rows(values.data(x), rows, k, w, units))
  return bias and values.pairwise(y, bias, function(a, b)
    return a + b
  end) or y
end

-- One product of matrices within lists, (m, k) from `i` and (k, n) from `j` into y from `to`.
local function multiply(x, i, w, j, y, to, m, k, n)
  for r = 0, m - 1 do
    for c = 1, n do
      y[to + r * n + c] = 0.0
    end
    for s = 1, k do
      local factor, from, at = x[i + r * k + s], j + (s - 1) * n, to + r * n
      for c = 1, n do
        y[at + c] = y[at + c] + factor * w[from + c]
      end
    end
  end
end

-- Of shapes without their last two axes, how far a batch lies apart: 0 where it is repeated.
local function batches(a, b)
  local ones = { a = {}, b = {} }
  for i = 1, #a - 2 do
    ones.a[i] = a[i]
  end
  for i = 1, #b - 2 do
    ones.b[i] = b[i]
  end
  local place_a, place_b = {}, {}
  for i = 1, values.count(ones.a) do
    place_a[i] = i - 1
  end
  for i = 1, values.count(ones.b) do
    place_b[i] = i - 1
  end
  local both = {}
  local out = values.pairwise(values.new(ones.a, place_a), values.new(ones.b, place_b),
    function(p, q)
      both[#both + 1] = { p, q }
      return 0
    end)
  return out.shape, both
end

function products.MatMul(_, _, a, b)
  local k = a.shape[#a.shape]
  if b.turned then -- a weight's transpose
    local units, rows = b.shape[2], values.count(a.shape) // k
    local shape = { table.unpack(a.shape) }
    shape[#shape] = units
    return values.new(shape, rows_by_rows(values.data(a), rows, k, b.turned, units))
  end
  local m, n = a.shape[#a.shape - 1], b.shape[#b.shape]
  local shape, places = batches(a.shape, b.shape)
  local x, w, y = values.data(a), values.data(b), filled(#places * m * n)
  for i, place in ipairs(places) do
    multiply(x, place[1] * m * k, w, place[2] * k * n, y, (i - 1) * m * n, m, k, n)
  end
  shape[#shape + 1], shape[#shape + 2] = m, n
  return values.new(shape, y)
end

-- Sizes of what a window goes over: as two axes, of which the first is 1 where there is one.
local function window_of(attrs, x, kernel)
  local axes = #x.shape - 2
  local function both(list, at, default)
    list = list or {}
    return axes == 2 and (list[at] or default) or default,
      axes == 2 and (list[at + 1] or default) or list[at] or default
  end
  local w = { h = axes == 2 and x.shape[3] or 1, w = x.shape[#x.shape], axes = axes }
  w.kh, w.kw = both(kernel, 1, 1)
  w.sh, w.sw = both(attrs.strides, 1, 1)
  w.dh, w.dw = both(attrs.dilations, 1, 1)
  w.top, w.left = both(attrs.pads, 1, 0)
  local bottom, right = both(attrs.pads, axes + 1, 0)
  w.oh = (w.h + w.top + bottom - w.dh * (w.kh - 1) - 1) // w.sh + 1
  w.ow = (w.w + w.left + right - w.dw * (w.kw - 1) - 1) // w.sw + 1
  return w
end

-- f(place in a plane of x or nil where it is padding, place in the kernel) for each tap of an
-- output.
local function taps(w, oy, ox, f)
  for ky = 0, w.kh - 1 do
    local iy = oy * w.sh - w.top + ky * w.dh
    for kx = 0, w.kw - 1 do
      local ix = ox * w.sw - w.left + kx * w.dw
      f(iy >= 0 and iy < w.h and ix >= 0 and ix < w.w and iy * w.w + ix or nil, ky * w.kw + kx)
    end
  end
end

-- For each output the taps that lie on x: lists of places in a plane and in the kernel.
local function all_taps(w)
  local out = {}
  for oy = 0, w.oh - 1 do
    for ox = 0, w.ow - 1 do
      local list = {}
      taps(w, oy, ox, function(place, k)
        if place then
          list[#list + 1], list[#list + 2] = place, k
        end
      end)
      out[#out + 1] = list
    end
  end
  return out
end

local function output_shape(w, n, c)
  return w.axes == 2 and { n, c, w.oh, w.ow } or { n, c, w.ow }
end

-- What each output of a sample sees: a list of `channels` times the kernel's numbers, 0 where that
-- is padding. data: from plane `at` on.
local function patches(data, at, all, k)
  local out = {}
  for o, list in ipairs(all) do
    local row = filled(k.channels * k.area)
    for c = 0, k.channels - 1 do
      local plane, to = at + c * k.plane + 1, c * k.area + 1
      for i = 1, #list, 2 do
        row[to + list[i + 1]] = data[plane + list[i]]
      end
    end
    out[o] = row
  end
  return out
end

function products.Conv(_, attrs, x, weight, bias)
  local w = window_of(attrs, x, attrs.kernel_shape)
  local n, c_in, c_out = x.shape[1], x.shape[2], weight.shape[1]
  local all, data = all_taps(w), values.data(x)
  local k = { plane = w.h * w.w, area = w.kh * w.kw, channels = weight.shape[2] }
  local of_group, size = c_out // attrs.group, k.channels * k.area
  local kernel, y = values.data(weight), filled(n * c_out * #all)
  for s = 0, n - 1 do
    for g = 0, attrs.group - 1 do
      local seen = patches(data, (s * c_in + g * k.channels) * k.plane, all, k)
      dots(rows_of(kernel, g * of_group * size, of_group, size), seen, size, y,
        (s * c_out + g * of_group) * #all, #all)
    end
  end
  local out = values.new(output_shape(w, n, c_out), y)
  return bias and values.pairwise(out, { shape = { c_out, table.unpack(w.axes == 2 and { 1, 1 }
    or { 1 }) }, data = values.data(bias), type = "real" }, function(a, b)
    return a + b
  end) or out
end

-- f(list of taps, plane's first place) of each window of each plane.
local function pooled(attrs, x, f)
  local w = window_of(attrs, x, attrs.kernel_shape)
  local all, data, y = all_taps(w), values.data(x), {}
  for plane = 0, x.shape[1] * x.shape[2] - 1 do
    for _, list in ipairs(all) do
      y[#y + 1] = f(data, plane * w.h * w.w + 1, list, w)
    end
  end
  return values.new(output_shape(w, x.shape[1], x.shape[2]), y)
end

function products.MaxPool(_, attrs, x)
  return pooled(attrs, x, function(data, at, list)
    local most = -math.huge
    for i = 1, #list, 2 do
      most = math.max(most, data[at + list[i]])
    end
    return most
  end)
end

function products.AveragePool(_, attrs, x)
  if attrs.count_include_pad ~= 1 then
    error("AveragePool is evaluated with count_include_pad = 1 alone", 0)
  end
  return pooled(attrs, x, function(data, at, list, w)
    local sum = 0.0
    for i = 1, #list, 2 do
      sum = sum + data[at + list[i]]
    end
    return sum / (w.kh * w.kw)
  end)
end

return products
