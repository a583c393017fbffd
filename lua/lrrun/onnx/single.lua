--- Operators that treat each step, row or image alone, as ONNX's nodes: f(n, e) gives the name of
--- the value. n: the graph (onnx/net.lua); e: { ids, attrs, x = names of the inputs' values, shape
--- = of the first input's sample }. Opset 17. Layer: onnx.

local single = {}

local function transpose(n, x, perm)
  return n:node("Transpose", { x }, { { "perm", "ints", perm } })
end
single.transpose = transpose

-- x W^T + b over the last axis.
function single.linear(n, e)
  local w = n:weight(e.ids[2])
  local bias = n:weight(e.ids[3])
  local x = e.x[1]
  if #e.shape <= 1 then
    x = #e.shape == 1 and x or n:node("Reshape", { x, n:ints { -1, 1 } })
    return n:node("Gemm", { x, w, bias }, { { "transB", "i", 1 } })
  end
  local turned = n:cached("turned " .. w, function()
    return transpose(n, w, { 1, 0 })
  end)
  local y = n:node("MatMul", { x, turned })
  return bias and n:node("Add", { y, bias }) or y
end

-- ONNX's own by another name, with a constant or without.
local function same(op, constant, as)
  return function(n, e)
    return n:node(op, { e.x[1] }, constant and { { as, "f", e.attrs[constant] } } or nil)
  end
end

single.relu = same "Relu"
single.leaky_relu = same("LeakyRelu", "slope", "alpha")
single.elu = same("Elu", "alpha", "alpha")
single.selu = same "Selu"
single.tanh = same "Tanh"
single.sigmoid = same "Sigmoid"
single.softplus = same "Softplus"

function single.softmax(n, e)
  return n:node("Softmax", { e.x[1] }, { { "axis", "i", -1 } })
end

local function silu(n, x)
  return n:node("Mul", { x, n:node("Sigmoid", { x }) })
end

function single.silu(n, e)
  return silu(n, e.x[1])
end

function single.swiglu(n, e)
  return n:node("Mul", { silu(n, e.x[1]), e.x[2] })
end

-- x / 2 (1 + erf(x / sqrt 2)): Gelu is of opset 20.
function single.gelu(n, e)
  local x = e.x[1]
  local wave = n:node("Erf", { n:node("Div", { x, n:reals(math.sqrt(2)) }) })
  return n:node("Mul", { n:node("Mul", { x, n:node("Add", { wave, n:reals(1) }) }),
    n:reals(0.5) })
end

function single.add(n, e)
  return n:node("Add", e.x)
end

function single.mul(n, e)
  return n:node("Mul", e.x)
end

function single.scale(n, e)
  return n:node("Mul", { e.x[1], n:reals(e.attrs.factor) })
end

-- Of images channels, else the last axis.
function single.concat(n, e)
  return n:node("Concat", e.x, { { "axis", "i", #e.shape >= 3 and 1 or -1 } })
end

-- Has no part in evaluation.
function single.dropout(_, e)
  return e.x[1]
end

function single.flatten(n, e)
  if #e.shape == 1 then
    return e.x[1]
  end
  return #e.shape == 0 and n:node("Reshape", { e.x[1], n:ints { -1, 1 } })
    or n:node("Flatten", { e.x[1] }, { { "axis", "i", 1 } })
end

function single.reshape(n, e)
  local a = e.attrs
  return n:node("Reshape", { e.x[1], n:ints { 0, a.d1, a.d2, a.d3, a.d4 } })
end

function single.embedding(n, e)
  return n:node("Gather", { n:weight(e.ids[2]), e.x[1] }, { { "axis", "i", 0 } })
end

function single.conv2d(n, e)
  local a = e.attrs
  local shape = n:sizes(e.ids[2])
  return n:node("Conv", { e.x[1], n:weight(e.ids[2]), n:weight(e.ids[3]) }, {
    { "kernel_shape", "ints", { shape[3], shape[4] } },
    { "strides", "ints", { a.stride_h, a.stride_w } },
    { "dilations", "ints", { a.dilation_h, a.dilation_w } },
    { "pads", "ints", { a.pad_top, a.pad_left, a.pad_bottom, a.pad_right } },
    { "group", "i", a.groups },
  })
end

local function window(op, more)
  return function(n, e)
    local a = e.attrs
    return n:node(op, { e.x[1] }, {
      { "kernel_shape", "ints", { a.kernel_h, a.kernel_w } },
      { "strides", "ints", { a.stride_h, a.stride_w } },
      { "pads", "ints", { a.pad_h, a.pad_w, a.pad_h, a.pad_w } }, more,
    })
  end
end

single.maxpool2d = window "MaxPool"
single.avgpool2d = window("AveragePool", { "count_include_pad", "i", 1 })

-- Its channels stand second in ONNX; here those of steps stand last.
function single.batchnorm(n, e)
  local steps = #e.shape == 2
  local inputs = { steps and transpose(n, e.x[1], { 0, 2, 1 }) or e.x[1] }
  for i = 2, 5 do
    inputs[i] = n:weight(e.ids[i])
  end
  local y = n:node("BatchNormalization", inputs, { { "epsilon", "f", e.attrs.eps } })
  return steps and transpose(n, y, { 0, 2, 1 }) or y
end

function single.layernorm(n, e)
  return n:node("LayerNormalization", { e.x[1], n:weight(e.ids[2]), n:weight(e.ids[3]) },
    { { "axis", "i", -1 }, { "epsilon", "f", e.attrs.eps } })
end

--- x divided by the root mean square over its last axis, times weight `w`.
function single.by_root_mean_square(n, x, w, eps)
  local mean = n:node("ReduceMean", { n:node("Mul", { x, x }) },
    { { "axes", "ints", { -1 } }, { "keepdims", "i", 1 } })
  local root = n:node("Sqrt", { n:node("Add", { mean, n:reals(eps) }) })
  return n:node("Mul", { n:node("Div", { x, root }), w })
end

-- RMSNormalization is of opset 23.
function single.rmsnorm(n, e)
  return single.by_root_mean_square(n, e.x[1], n:weight(e.ids[2]), e.attrs.eps)
end

-- Groups as channels of InstanceNormalization: GroupNormalization is of opset 18.
function single.groupnorm(n, e)
  local groups, ones, zeros, axes = e.attrs.groups, {}, {}, {}
  for i = 1, groups do
    ones[i], zeros[i] = 1, 0
  end
  local x = n:node("Reshape", { e.x[1], n:ints { 0, groups, -1 } })
  local y = n:node("InstanceNormalization", { x, n:reals(ones), n:reals(zeros) },
    { { "epsilon", "f", e.attrs.eps } })
  y = n:node("Reshape", { y, n:ints { 0, table.unpack(e.shape) } })
  for i = 1, #e.shape - 1 do
    axes[i] = i
  end
  local function wide(id)
    local w = n:weight(id)
    return #axes > 0 and n:node("Unsqueeze", { w, n:ints(axes) }) or w
  end
  return n:node("Add", { n:node("Mul", { y, wide(e.ids[2]) }), wide(e.ids[3]) })
end

-- (c, h, w) as (h w, c).
function single.tokens(n, e)
  return transpose(n, n:node("Reshape", { e.x[1], n:ints { 0, e.shape[1], -1 } }), { 0, 2, 1 })
end

return single
