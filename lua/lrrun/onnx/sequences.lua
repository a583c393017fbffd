--- Operators over the steps of a sample, as ONNX's nodes: see onnx/single.lua. Steps behind a
--- sample's length have no part in them where the input is a sequence. Layer: onnx.

local single = require "lrrun.onnx.single"

local sequences = {}

local transpose = single.transpose

-- ONNX's order of gates, by their places in ours, and what the node is called.
local KINDS = {
  rnn = { op = "RNN", blocks = { 1 } },
  lstm = { op = "LSTM", blocks = { 1, 4, 2, 3 } }, -- i f g o; there i o f c
  gru = { op = "GRU", blocks = { 2, 1, 3 } }, -- r z n; there z r h
}

local function rnn_attributes(kind, e, size)
  local attrs = { { "hidden_size", "i", size },
    { "direction", "s", e.attrs.reverse and "reverse" or "forward" } }
  if kind == "gru" then
    attrs[3] = { "linear_before_reset", "i", 1 }
  elseif kind == "rnn" then
    attrs[3] = { "activations", "strings", { e.attrs.relu and "Relu" or "Tanh" } }
  end
  return attrs
end

local function recurrent(kind)
  local of = KINDS[kind]
  return function(n, e)
    local wide, n_in = table.unpack(n:sizes(e.ids[2]))
    local h = wide // #of.blocks
    local len = ""
    if n:is_sequence(e.ids[1]) then
      len = n:cached("lengths of 32 bits", function()
        return n:node("Cast", { n:lengths() }, { { "to", "i", 6 } })
      end)
    end
    local inputs = { transpose(n, e.x[1], { 1, 0, 2 }),
      n:blocks(e.ids[2], "_onnx", { 1, wide, n_in }, of.blocks),
      n:blocks(e.ids[3], "_onnx", { 1, wide, h }, of.blocks),
      e.ids[4] and n:blocks(e.ids[4], "_onnx", { 1, 2 * wide }, of.blocks, e.ids[5]) or "", len }
    local all, last = n:node(of.op, inputs, rnn_attributes(kind, e, h), 2)
    if e.attrs.sequences then
      return transpose(n, n:node("Squeeze", { all, n:ints { 1 } }), { 1, 0, 2 })
    end
    return n:node("Squeeze", { last, n:ints { 0 } })
  end
end

for kind in pairs(KINDS) do
  sequences[kind] = recurrent(kind)
end

function sequences.conv1d(n, e)
  local a, x = e.attrs, e.x[1]
  local shape = n:sizes(e.ids[2])
  if n:is_sequence(e.ids[1]) then
    x = n:node("Mul", { x, n:mask_reals() })
  end
  local y = n:node("Conv", { transpose(n, x, { 0, 2, 1 }), n:weight(e.ids[2]),
    n:weight(e.ids[3]) }, {
    { "kernel_shape", "ints", { shape[3] } }, { "strides", "ints", { a.stride } },
    { "dilations", "ints", { a.dilation } }, { "pads", "ints", { a.pad_left, a.pad_right } },
    { "group", "i", a.groups },
  })
  return transpose(n, y, { 0, 2, 1 })
end

local function of_image(n, e, op)
  return n:node("Flatten", { n:node(op, { e.x[1] }) }, { { "axis", "i", 1 } })
end

function sequences.global_avgpool(n, e)
  local x = e.x[1]
  if #e.shape == 3 then
    return of_image(n, e, "GlobalAveragePool")
  elseif not n:is_sequence(e.ids[1]) then
    return n:node("ReduceMean", { x }, { { "axes", "ints", { 1 } }, { "keepdims", "i", 0 } })
  end
  local mask = n:mask_reals()
  local sum = n:node("ReduceSum", { n:node("Mul", { x, mask }), n:ints { 1 } },
    { { "keepdims", "i", 0 } })
  return n:node("Div", { sum, n:node("ReduceSum", { mask, n:ints { 1 } },
    { { "keepdims", "i", 0 } }) })
end

function sequences.global_maxpool(n, e)
  local x = e.x[1]
  if #e.shape == 3 then
    return of_image(n, e, "GlobalMaxPool")
  elseif n:is_sequence(e.ids[1]) then
    x = n:where(n:node("Unsqueeze", { n:mask(), n:ints { 2 } }), x)
  end
  return n:node("ReduceMax", { x }, { { "axes", "ints", { 1 } }, { "keepdims", "i", 0 } })
end

-- The first step, or of each sample its own last.
function sequences.step(n, e)
  if not e.attrs.last then
    return n:node("Gather", { e.x[1], n:ints(0) }, { { "axis", "i", 1 } })
  elseif not n:is_sequence(e.ids[1]) then
    return n:node("Gather", { e.x[1], n:ints(e.shape[1] - 1) }, { { "axis", "i", 1 } })
  end
  local at = n:node("Sub", { n:node("Unsqueeze", { n:lengths(), n:ints { 1 } }), n:ints(1) })
  return n:node("GatherND", { e.x[1], at }, { { "batch_dims", "i", 1 } })
end

-- Sine at even and cosine at odd features (Vaswani et al. 2017, section 3.5).
local function waves(n, length, width)
  local list = {}
  for t = 0, length - 1 do
    for k = 0, width - 1 do
      local angle = t * 10000 ^ (-2 * (k // 2) / width)
      list[#list + 1] = k % 2 == 0 and math.sin(angle) or math.cos(angle)
    end
  end
  return n:reals(list, { length, width })
end

-- Rows of a table (rows, ...) for the steps of node `id`.
local function rows_of(n, id, name, rows)
  local length = n.b:shape(id)[1]
  if n:is_sequence(id) and n.x.time then
    return n:first_rows(name)
  elseif rows == length then
    return name
  end
  return n:node("Slice", { name, n:ints { 0 }, n:ints { length }, n:ints { 0 } })
end

function sequences.positions(n, e)
  local weight, rows = e.ids[2], e.shape[1]
  local name = weight and n:weight(weight) or waves(n, rows, e.shape[2])
  rows = weight and n:sizes(weight)[1] or rows
  return n:node("Add", { e.x[1], rows_of(n, e.ids[1], name, rows) })
end

--- What nn.attention makes of queries, keys and values side by side.

-- Each as (batch, time, heads, size), and what the operator says of them.
local function heads_of(n, e)
  local known = n.heads[e.ids[1]]
  local heads, kv = e.attrs.heads, e.attrs.kv_heads
  local size = e.shape[2] // (heads + 2 * kv)
  if known then
    return known, size
  end
  local q, k, v = n:node("Split", { e.x[1], n:ints { heads * size, kv * size, kv * size } },
    { { "axis", "i", -1 } }, 3)
  local function parts(x, count)
    return n:node("Reshape", { x, n:ints { 0, 0, count, size } })
  end
  return { q = parts(q, heads), k = parts(k, kv), v = parts(v, kv) }, size
end

-- Keeps them apart for the operator that follows, and side by side for any other.
local function keep_heads(n, e, of)
  n.heads[e.id] = of
  local flat = {}
  for i, x in ipairs { of.q, of.k, of.v } do
    flat[i] = function()
      return n:node("Reshape", { x, n:ints { 0, 0, -1 } })
    end
  end
  return function()
    return n:node("Concat", { flat[1](), flat[2](), flat[3]() }, { { "axis", "i", -1 } })
  end
end

function sequences.qk_norm(n, e)
  local of = heads_of(n, e)
  local eps = e.attrs.eps
  return keep_heads(n, e, {
    q = single.by_root_mean_square(n, of.q, n:weight(e.ids[2]), eps),
    k = single.by_root_mean_square(n, of.k, n:weight(e.ids[3]), eps), v = of.v,
  })
end

-- Cosines and sines of each place, (length, 1, size / 2).
local function rotation(n, e, size)
  local length, half = e.shape[1], size // 2
  local cos, sin = {}, {}
  for t = 0, length - 1 do
    for i = 0, half - 1 do
      local angle = t * e.attrs.base ^ (-2 * i / size)
      cos[#cos + 1], sin[#sin + 1] = math.cos(angle), math.sin(angle)
    end
  end
  local shape = { length, 1, half }
  return rows_of(n, e.ids[1], n:reals(cos, shape), length),
    rows_of(n, e.ids[1], n:reals(sin, shape), length)
end

-- Pairs (i, i + size / 2) are turned: RotaryEmbedding is of opset 23.
function sequences.rope(n, e)
  local of, size = heads_of(n, e)
  local cos, sin = rotation(n, e, size)
  local function turned(x)
    local a, b = n:node("Split", { x, n:ints { size // 2, size // 2 } }, { { "axis", "i", -1 } },
      2)
    local left = n:node("Sub", { n:node("Mul", { a, cos }), n:node("Mul", { b, sin }) })
    local right = n:node("Add", { n:node("Mul", { b, cos }), n:node("Mul", { a, sin }) })
    return n:node("Concat", { left, right }, { { "axis", "i", -1 } })
  end
  return keep_heads(n, e, { q = turned(of.q), k = turned(of.k), v = of.v })
end

-- Which key counts for which query: (time, time) where it is causal, (batch, 1, 1, time) of
-- lengths, with one axis of 1 more where heads are grouped; nil where all do.
local function mask_of(n, e, grouped)
  local sequence, mask = n:is_sequence(e.ids[1]), nil
  if sequence then
    mask = n:cached("keys " .. tostring(grouped), function()
      return n:node("Unsqueeze", { n:mask(), n:ints(grouped and { 1, 2, 3 } or { 1, 2 }) })
    end)
  end
  if not e.attrs.causal then
    return mask
  end
  local count = not sequence and e.shape[1] or nil
  local past = n:cached("past " .. tostring(count), function()
    return n:node("LessOrEqual", { n:places(count),
      n:node("Unsqueeze", { n:places(count), n:ints { 1 } }) })
  end)
  return mask and n:node("And", { past, mask }) or past
end

-- Attention is of opset 23: here as products and softmax. Keys and values of a group of heads are
-- multiplied with all of it, (batch, kv heads, group, time, size).
function sequences.attention(n, e)
  local of, size = heads_of(n, e)
  local heads, kv = e.attrs.heads, e.attrs.kv_heads
  local grouped = kv ~= heads
  local scale = e.attrs.scale and e.attrs.scale ~= 0 and e.attrs.scale or 1 / math.sqrt(size)
  local function turned(x, count, perm)
    if grouped then
      x = n:node("Reshape", { x, n:ints { 0, 0, kv, count, size } })
    end
    return transpose(n, x, perm)
  end
  local rows = grouped and { 0, 2, 3, 1, 4 } or { 0, 2, 1, 3 }
  local q = turned(of.q, heads // kv, rows)
  local k = turned(of.k, 1, grouped and { 0, 2, 3, 4, 1 } or { 0, 2, 3, 1 })
  local v = turned(of.v, 1, rows)
  local scores = n:node("MatMul", { n:node("Mul", { q, n:reals(scale) }), k })
  local mask = mask_of(n, e, grouped)
  scores = mask and n:where(mask, scores) or scores
  local y = n:node("MatMul", { n:node("Softmax", { scores }, { { "axis", "i", -1 } }), v })
  return n:node("Reshape", { transpose(n, y, grouped and { 0, 3, 1, 2, 4 } or { 0, 2, 1, 3 }),
    n:ints { 0, 0, heads * size } })
end

return sequences
