--- RNN, LSTM and GRU of the evaluator, by ONNX's equations: x (t, n, in), W (1, gates h, in),
--- R (1, gates h, h), B (1, 2 gates h), lengths (n); all states (t, 1, n, h), which are 0 behind a
--- sample's length, and the last one (1, n, h). Layer: onnx.

local nodes = require "lrrun.onnx.nodes"
local values = require "lrrun.onnx.values"

local recurrence = {}

local sigmoid, tanh = nodes.sigmoid, nodes.tanh

-- Row `g` of a matrix times a list that begins behind `at`, and its bias.
local function dot(matrix, g, width, list, at, bias)
  local total = bias and bias[g] or 0
  local from = (g - 1) * width
  for i = 1, width do
    total = total + matrix[from + i] * list[at + i]
  end
  return total
end

local steps = {}

-- Each gives the next state from a(g), what the input and its bias add to row g of the gates, and
-- r(g), the same of the state before.
function steps.RNN(k, a, r, state)
  local out = {}
  for i = 1, k.h do
    local z = a(i) + r(i)
    out[i] = k.relu and math.max(z, 0) or tanh(z)
  end
  return out, state.c
end

function steps.LSTM(k, a, r, state)
  local h, out, c = k.h, {}, {}
  local function gate(n, i)
    return a(n * h + i) + r(n * h + i)
  end
  for i = 1, h do
    c[i] = sigmoid(gate(2, i)) * state.c[i] + sigmoid(gate(0, i)) * tanh(gate(3, i))
    out[i] = sigmoid(gate(1, i)) * tanh(c[i])
  end
  return out, c
end

function steps.GRU(k, a, r, state)
  local h, out = k.h, {}
  for i = 1, h do
    local z = sigmoid(a(i) + r(i))
    local reset = sigmoid(a(h + i) + r(h + i))
    local new = tanh(a(2 * h + i) + reset * r(2 * h + i))
    out[i] = (1 - z) * new + z * state.h[i]
  end
  return out, state.c
end

local GATES = { RNN = 1, LSTM = 4, GRU = 3 }

local function parts(op, attrs, x, w, r, b)
  local k = { h = attrs.hidden_size, t = x.shape[1], n = x.shape[2], n_in = x.shape[3],
    x = values.data(x), w = values.data(w), r = values.data(r),
    relu = attrs.activations and attrs.activations[1] == "Relu" }
  local wide = GATES[op] * k.h
  if b then
    local all = values.data(b)
    k.wb, k.rb = table.move(all, 1, wide, 1, {}), table.move(all, wide + 1, 2 * wide, 1, {})
  end
  if op == "GRU" and attrs.linear_before_reset ~= 1 then
    error("GRU is evaluated with linear_before_reset = 1 alone", 0)
  end
  return k
end

-- The states of sample s, put behind place(t) of `all`; gives the last one.
local function run_sample(op, k, s, order, all, place)
  local state = { h = {}, c = {} }
  for i = 1, k.h do
    state.h[i], state.c[i] = 0, 0
  end
  for _, t in ipairs(order) do
    values.poll()
    local at = (t * k.n + s) * k.n_in
    local before = state.h
    local h, c = steps[op](k, function(g)
      return dot(k.w, g, k.n_in, k.x, at, k.wb)
    end, function(g)
      return dot(k.r, g, k.h, before, 0, k.rb)
    end, state)
    state = { h = h, c = c }
    table.move(h, 1, k.h, place(t) + 1, all)
  end
  return state.h
end

local function recurrent(op)
  return function(_, attrs, x, w, r, b, len)
    local k = parts(op, attrs, x, w, r, b)
    local lengths, all, last = len and values.ints(len), {}, {}
    for i = 1, k.t * k.n * k.h do
      all[i] = 0
    end
    for s = 0, k.n - 1 do
      local order, steps_of = {}, lengths and lengths[s + 1] or k.t
      for i = 1, steps_of do
        order[i] = attrs.direction == "reverse" and steps_of - i or i - 1
      end
      local h = run_sample(op, k, s, order, all, function(t)
        return (t * k.n + s) * k.h
      end)
      table.move(h, 1, k.h, s * k.h + 1, last)
    end
    return values.new({ k.t, 1, k.n, k.h }, all), values.new({ 1, k.n, k.h }, last)
  end
end

for op in pairs(GATES) do
  recurrence[op] = recurrent(op)
end

return recurrence
