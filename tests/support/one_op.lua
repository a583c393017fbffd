--- Runs one operator forward and backward on given arrays, for specs that compare it with a
-- plain reference.
--
-- one_op.run(name, { { shape =, values =, param = bool, seq = bool }, ... }, attributes,
--   { n = batch, dy = function(count) -> list, len = list, t = steps, seed = })
-- gives { y =, dy =, shape =, seq =, grads = { per input } }.

local graph = require "lrrun.native.graph"
local tensor = require "lrrun.native.tensor"

local one_op = {}

--- Numbers in [-1, 1) that depend on seed alone.
function one_op.noise(seed)
  local state = (seed * 2654435761 + 12345) & 0xffffffff
  return function()
    state = (state * 1664525 + 1013904223) & 0xffffffff
    return (state >> 8) / 0x800000 - 1
  end
end

function one_op.values(count, noise)
  local list = {}
  for i = 1, count do
    list[i] = noise()
  end
  return list
end

function one_op.count(shape)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  return n
end

local function build(name, inputs, attributes, n)
  local g = graph.new()
  local ids = {}
  for i, input in ipairs(inputs) do
    if input.param then
      ids[i] = g:param("p" .. i, input.shape, { kind = "constant", a = 0 }, true)
    else
      ids[i] = g:input(input.shape, "real", input.seq or false, true)
    end
  end
  local y = g:op(name, ids, attributes)
  g:plan({ y }, n, true)
  g:init(1)
  return g, ids, y
end

function one_op.run(name, inputs, attributes, how)
  local g, ids, y = build(name, inputs, attributes, how.n)
  local fed = {}
  for i, input in ipairs(inputs) do
    if input.param then
      g:tensor(ids[i]):set(input.values)
    else
      local shape = { how.n, table.unpack(input.shape) }
      shape[2] = input.seq and how.t or shape[2]
      fed[ids[i]] = tensor.new(shape, input.values)
    end
  end
  local run = { inputs = fed, train = true, t = how.t }
  if how.len then
    run.len = tensor.new({ how.n }, how.len, "i32")
  end
  g:forward(run)
  local _, seq = g:shape(y)
  local view = g:tensor(y)
  local result = { y = view:values(), shape = view:shape(), seq = seq, grads = {} }
  result.dy = how.dy and how.dy(result.shape) or one_op.values(#result.y, one_op.noise(99))
  g:backward(y, tensor.new(result.shape, result.dy))
  for i = 1, #inputs do
    result.grads[i] = g:grad(ids[i]):values()
  end
  return result
end

--- The largest |a - b| over the larger of 1 and the largest |b|.
function one_op.distance(a, b)
  local worst, scale = 0, 1
  for i = 1, #b do
    scale = math.max(scale, math.abs(b[i]))
    local d = math.abs(a[i] - b[i])
    if d ~= d or d > worst then
      worst = d == d and d or math.huge
    end
  end
  return #a == #b and worst / scale or math.huge
end

return one_op
