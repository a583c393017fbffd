-- Compares backward with central differences of forward for every row of cases.lua: the
-- operator alone, in the middle of a chain (where it may work in place), with an input
-- that something else uses too, and adding to gradients of an earlier batch. And of operators that
-- are not smooth the same far from where their branches were kept, while these are held.

local native = require "lrrun.native.graph"
local tensor = require "lrrun.native.tensor"
local cases = require "spec.ops.cases"

local DOUBLE = tensor.new({ 1 }, { 1 + 1e-12 }):values()[1] ~= 1
local EPS = DOUBLE and 1e-5 or 1e-2
local TOLERANCE = DOUBLE and 1e-6 or 3e-2
-- A difference is measured against the gradient or this share of the tensor's largest.
local FLOOR = DOUBLE and 1e-2 or 0.5

local Builder = {}
Builder.__index = Builder

local function count(shape)
  local n = 1
  for _, size in ipairs(shape) do
    n = n * size
  end
  return n
end

--- n distinct values over lo..hi in a scrambled order, none near 0.
function Builder:spread(n, range)
  local lo, hi = range and range.lo or -2, range and range.hi or 2
  local values, order = {}, {}
  for i = 1, n do
    order[i] = i
  end
  for i = n, 2, -1 do
    local j = self.random(i)
    order[i], order[j] = order[j], order[i]
  end
  for i = 1, n do
    local v = lo + (hi - lo) * (order[i] - 0.63) / n
    local gap = (hi - lo) / 100
    if lo < 0 and math.abs(v) < gap then
      v = v < 0 and v - gap or v + gap
    end
    values[i] = v
  end
  return values
end

function Builder:leaf(id, values, checked)
  local leaf = { id = id, values = values, checked = checked }
  self.leaves[#self.leaves + 1] = leaf
  return leaf
end

function Builder:x(shape, opts)
  local seq = opts and opts.seq or false
  local id = self.g:input(shape, "real", seq, true)
  local leaf = self:leaf(id, self:spread(self.n * count(shape), opts), true)
  leaf.shape = { self.n, table.unpack(shape) }
  if self.mode == "alone" then
    return id
  end
  local inner = self.g:op("scale", { id }, { factor = 1 })
  self.inner = inner
  return inner
end

function Builder:data(shape, opts)
  local id = self.g:input(shape, "real", opts and opts.seq or false, false)
  local leaf = self:leaf(id, self:spread(self.n * count(shape), opts), false)
  leaf.shape = { self.n, table.unpack(shape) }
  return id
end

function Builder:ids(shape, limit, seq)
  local id = self.g:input(shape, "i32", seq or false, false)
  local values = {}
  for i = 1, self.n * count(shape) do
    values[i] = self.random(limit) - 1
  end
  local leaf = self:leaf(id, values, false)
  leaf.shape, leaf.dtype = { self.n, table.unpack(shape) }, "i32"
  return id
end

function Builder:param(shape, opts)
  local name = "p" .. #self.leaves
  local id = self.g:param(name, shape, { kind = "constant", a = 0 }, true)
  self:leaf(id, self:spread(count(shape), opts), true)
  return id
end

function Builder:buffer(shape, fill)
  return self.g:buffer("b" .. #self.leaves .. "_" .. fill, shape, fill)
end

function Builder:op(name, inputs, attrs)
  return self.g:op(name, inputs, attrs or {})
end

-- A small generator of its own: the same cases on every run and in every build.
local function generator(seed)
  local state = seed
  return function(n)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return (state >> 33) % n + 1
  end
end

local function build(row, mode)
  local b = setmetatable({
    g = native.new(),
    n = row.n or 3,
    mode = mode,
    leaves = {},
    random = generator(12345),
  }, Builder)
  local y = row.build(b)
  local is_loss = #b.g:shape(y) == 0 and row.is_loss ~= false
  if mode == "chain" and not is_loss then
    y = b.g:op("scale", { y }, { factor = 1 })
  elseif mode == "shared" and not is_loss and b.inner then
    -- The loss of the output beside another use of the last input.
    local other = b.g:op("tanh", { b.inner }, {})
    local flat = { b.g:op("flatten", { y }, {}), b.g:op("flatten", { other }, {}) }
    y = b.g:op("concat", flat, {})
  end
  b.y, b.is_loss = y, is_loss
  b.g:plan({ y }, b.n, true)
  b.g:init(1)
  for _, leaf in ipairs(b.leaves) do
    if leaf.shape then
      leaf.tensor = tensor.new(leaf.shape, leaf.values, leaf.dtype)
    else
      leaf.tensor = b.g:tensor(leaf.id)
      leaf.tensor:set(leaf.values)
    end
  end
  return b
end

local function forward(b, row, micro)
  local inputs = {}
  for _, leaf in ipairs(b.leaves) do
    if leaf.shape then
      inputs[leaf.id] = leaf.tensor
    end
  end
  return b.g:forward {
    inputs = inputs,
    len = row.len and tensor.new({ b.n }, row.len, "i32"),
    train = row.train ~= false,
    seed = 7,
    step = 3,
    micro = micro,
    branches = b.branches,
  }
end

-- Weights of the outputs' sum that is differentiated; 0 past a sequence's end.
local function weights(b, row)
  local shape = b.g:tensor(b.y):shape()
  local n = count(shape)
  local w = b:spread(n, { lo = -1, hi = 1.2 })
  if row.seq then
    local per = n // (shape[1] * shape[2])
    for i = 1, n do
      local sample, step = (i - 1) // (per * shape[2]) + 1, (i - 1) // per % shape[2] + 1
      if step > row.len[sample] then
        w[i] = 0
      end
    end
  end
  return w, shape
end

local function objective(b, row, w)
  local loss = forward(b, row, 0)
  if not w then
    return loss
  end
  local sum = 0
  for i, v in ipairs(b.g:tensor(b.y):values()) do
    sum = sum + (w[i] ~= 0 and w[i] * v or 0)
  end
  return sum
end

local function gradients(b)
  local list = {}
  for i, leaf in ipairs(b.leaves) do
    list[i] = leaf.checked and b.g:grad(leaf.id):values()
  end
  return list
end

local function run_backward(b, row, w, shape, micro)
  forward(b, row, micro)
  if w then
    b.g:backward(b.y, tensor.new(shape, w))
  else
    b.g:backward()
  end
  return gradients(b)
end

local function difference(b, row, w, leaf, i)
  local values, at = leaf.values, leaf.values[i]
  values[i] = at + EPS
  leaf.tensor:set(values)
  local up = objective(b, row, w)
  values[i] = at - EPS
  leaf.tensor:set(values)
  local down = objective(b, row, w)
  values[i] = at
  leaf.tensor:set(values)
  return (up - down) / (2 * EPS)
end

local function compare(b, row, w, leaf, got)
  local largest = 0
  for _, v in ipairs(got) do
    largest = math.max(largest, math.abs(v))
  end
  local stride = math.max(1, #got // 40) | 1
  for i = 1, #got, stride do
    local want = difference(b, row, w, leaf, i)
    local size = math.max(math.abs(want), math.abs(got[i]), FLOOR * largest, 1e-4)
    local close = math.abs(want - got[i]) <= TOLERANCE * size -- false where one is NaN
    if not close then
      error(("leaf %d, element %d: backward gives %.12g, differences %.12g"):format(
        leaf.id, i, got[i], want), 0)
    end
  end
end

local function check(row, mode)
  local b = build(row, mode)
  forward(b, row, 0)
  local w, shape
  if not b.is_loss then
    w, shape = weights(b, row)
  end
  local first = run_backward(b, row, w, shape, 0)
  for i, leaf in ipairs(b.leaves) do
    if leaf.checked then
      compare(b, row, w, leaf, first[i])
    end
  end
  if row.op == "dropout" or row.redrawn then
    return -- another batch of the step has another mask
  end
  local twice = run_backward(b, row, w, shape, 1)
  for i, leaf in ipairs(b.leaves) do
    local factor = leaf.checked and not leaf.shape and 2 or 1
    for k, v in ipairs(first[i] or {}) do
      assert.near(factor * v, twice[i][k], 1e-5 * math.abs(v) + 1e-5, "added gradients differ")
    end
  end
end

-- Every value changes its place: sides of 0, places of maxima and sides of targets change.
local function turn(b)
  for _, leaf in ipairs(b.leaves) do
    if leaf.checked then
      local n = #leaf.values
      for i = 1, n // 2 do
        leaf.values[i], leaf.values[n + 1 - i] = leaf.values[n + 1 - i], leaf.values[i]
      end
      leaf.tensor:set(leaf.values)
    end
  end
end

local function objective_at(b, row, w, branches)
  b.branches = branches
  return objective(b, row, w)
end

-- Whether the row has branches. Where it has, `mode` is checked with them held.
local function check_held(row, mode)
  local b = build(row, mode)
  forward(b, row, 0)
  local w, shape
  if not b.is_loss then
    w, shape = weights(b, row)
  end
  local kept = objective_at(b, row, w, "keep")
  assert.equal(kept, objective_at(b, row, w, "free"))
  assert.near(kept, objective_at(b, row, w, "hold"), 1e-6 * math.abs(kept))
  turn(b)
  if objective_at(b, row, w, "free") == objective_at(b, row, w, "hold") then
    return false
  end
  local got = run_backward(b, row, w, shape, 0)
  for i, leaf in ipairs(b.leaves) do
    if leaf.checked then
      compare(b, row, w, leaf, got[i])
    end
  end
  return true
end

describe("at held branches the gradient", function()
  it("is that of differences, wherever the values are", function()
    local bent = {}
    for _, row in ipairs(cases) do
      local ok, held = pcall(check_held, row, "alone")
      assert.truthy(ok, row.op .. ", " .. (row.name or "") .. ": " .. tostring(held))
      bent[row.op] = bent[row.op] or held or nil
      if held and not row.alone then
        assert.truthy(check_held(row, "chain"))
      end
    end
    local names = {}
    for name in pairs(bent) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.equal("elu global_maxpool huber l1 leaky_relu maxpool2d relu rnn selu",
      table.concat(names, " "))
  end)
end)

describe("the gradient of", function()
  for _, row in ipairs(cases) do
    local title = row.op .. (row.name and ", " .. row.name or "")
    it(title .. ", alone, is that of differences", function()
      check(row, "alone")
    end)
    if not row.alone then
      it(title .. ", in a chain, is that of differences", function()
        check(row, "chain")
      end)
    end
    if not row.alone and not row.seq and not row.len then
      it(title .. ", sharing its input, is that of differences", function()
        check(row, "shared")
      end)
    end
  end
end)

describe("the operators", function()
  it("each have a row of gradient checks", function()
    local rows = {}
    for _, row in ipairs(cases) do
      rows[row.op] = true
    end
    local missing = {}
    for _, name in ipairs(native.ops()) do
      if not rows[name] then
        missing[#missing + 1] = name
      end
    end
    assert.equal("", table.concat(missing, " "))
  end)
end)
