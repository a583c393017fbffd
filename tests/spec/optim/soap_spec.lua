-- optim.soap: Adam in the eigenbasis of each matrix's gradients.
local nn = require "lrrun.nn"
local numbers = require "support.noise"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

-- The tensor w of that shape after updates by `count` gradients, which f gives.
local function trained(value, shape, start, count, f)
  local w = tensor.new(shape, start)
  local bound = value:bind { w = w }
  for k = 1, count do
    bound:update { grads = { w = tensor.new(shape, f(k)) } }
  end
  return w:values()
end

local function near(want, got, within)
  for i, x in ipairs(want) do
    assert.is_true(math.abs(x - got[i]) < (within or 2e-6),
      ("%d: want %.9g, got %.9g"):format(i, x, got[i]))
  end
end

-- Rows of a (rows, cols) turned in pairs, by an angle for each.
local function turned(list, rows, cols)
  local out = table.move(list, 1, #list, 1, {})
  for r = 1, rows - 1 do
    local c, s = math.cos(r), math.sin(r)
    for j = 1, cols do
      local i, k = (r - 1) * cols + j, r * cols + j
      out[i], out[k] = c * out[i] - s * out[k], s * out[i] + c * out[k]
    end
  end
  return out
end

local function transposed(list, rows, cols)
  local out = {}
  for r = 1, rows do
    for c = 1, cols do
      out[(c - 1) * rows + r] = list[(r - 1) * cols + c]
    end
  end
  return out
end

describe("optim.soap", function()
  local O = { lr = 0.03, every = 3, weight_decay = 0.1 }
  local function soap(more)
    local o = {}
    for key, item in pairs(O) do
      o[key] = item
    end
    for key, item in pairs(more or {}) do
      o[key] = item
    end
    return optim.soap(o)
  end

  it("makes no step in the first update", function()
    local start = numbers(12, 1)
    local w = tensor.new({ 3, 4 }, start)
    local before = w:values()
    local bound = soap():bind { w = w }
    bound:update { grads = { w = tensor.new({ 3, 4 }, numbers(12, 2)) } }
    assert.same(before, w:values())
    bound:update { grads = { w = tensor.new({ 3, 4 }, numbers(12, 3)) } }
    assert.not_same(before, w:values())
  end)

  it("goes with rows and columns that are turned", function()
    local n = 6
    for _, case in ipairs { { rows = n, cols = n, max_dim = 100 },
      { rows = 3, cols = 7, max_dim = 5 } } do -- columns are left as they are in the second
      local rows, cols = case.rows, case.cols
      local start = numbers(rows * cols, 7)
      local function plain(k)
        return numbers(rows * cols, 100 + k)
      end
      local value = soap { max_dim = case.max_dim }
      local want = trained(value, { rows, cols }, start, 12, plain)
      near(turned(want, rows, cols), trained(value, { rows, cols }, turned(start, rows, cols), 12,
        function(k)
          return turned(plain(k), rows, cols)
        end), 1e-4)
      near(transposed(want, rows, cols), trained(value, { cols, rows },
        transposed(start, rows, cols), 12, function(k)
          return transposed(plain(k), rows, cols)
        end), 1e-4)
      assert.is_false(math.abs(want[1] - start[1]) < 1e-2)
    end
  end)

  it("is Adam where a gradient has its own axes, in whatever order they come", function()
    local n = 5
    local start, own = numbers(n * n, 3), {}
    for i = 1, n do
      own[i] = start[(i - 1) * n + i]
    end
    local function sizes(k) -- the largest axis is another one all the time
      local list = numbers(n, 50 + k)
      for i = 1, n do
        list[i] = list[i] * (1 + 3 * ((i + k) % n))
      end
      return list
    end
    local vector = trained(soap { every = 1 }, { n }, own, 20, sizes)
    local matrix = trained(soap { every = 1 }, { n, n }, start, 20, function(k)
      local list = {}
      for i = 1, n * n do
        list[i] = 0
      end
      for i, x in ipairs(sizes(k)) do
        list[(i - 1) * n + i] = x
      end
      return list
    end)
    local got = {}
    for i = 1, n do
      got[i] = matrix[(i - 1) * n + i]
    end
    near(vector, got)
  end)

  it("is Adam where no side may have a basis, and of single rows", function()
    local function f(k)
      return numbers(12, 70 + k)
    end
    local start = numbers(12, 5)
    local vector = trained(soap(), { 12 }, start, 8, f)
    near(vector, trained(soap { max_dim = 2 }, { 3, 4 }, start, 8, f))
    assert.same(vector, trained(soap(), { 1, 12 }, start, 8, f))
    assert.same(vector, trained(soap(), { 12, 1 }, start, 8, f))
  end)

  it("goes on exactly where it was, after any update", function()
    local shape = { 4, 6 }
    local w = tensor.new(shape, numbers(24, 1))
    local bound = soap():bind { w = w, b = tensor.new { 2 } }
    for k = 1, 9 do
      local other_w = w:copy()
      local other = soap():bind { w = other_w, b = tensor.new { 2 } }
      other:load(bound:state())
      local grads = { w = tensor.new(shape, numbers(24, 20 + k)), b = tensor.new { 2 } }
      bound:update { grads = grads }
      other:update { grads = grads }
      assert.same(w:values(), other_w:values())
      assert.same(bound:state().own.preconditioner:values(),
        other:state().own.preconditioner:values())
    end
    assert.equal(2 * (16 + 36), #bound:state().own.preconditioner)
  end)

  it("takes what is a matrix of a network, and leaves the rest to Adam", function()
    local model = nn.sequential { nn.embedding(6), nn.lstm { 5 }, nn.linear(3) }
      :build({ 4 }, { batch = 1, vocab = 20 })
    local config = optim.soap { groups = { { match = "embedding", max_dim = 10 } } }:bind(model)
      .config
    local names, taken = {}, {}
    for i, segment in ipairs((model.graph:segments())) do
      names[i] = segment.name
      local item = config.taken[i]
      taken[segment.name] = item.pieces and table.concat(item.pieces, " ") or item.why
    end
    for _, name in ipairs(names) do
      local want = name:find "bias" and "no matrix" or name:find "lstm" and "5 5 5 5"
        or name:find "embedding" and "20" or "3"
      assert.equal(want, taken[name], name)
    end
  end)

  it("is counted in a plan's memory", function()
    local w = tensor.new { 8, 16 }
    local native = optim.soap { max_dim = 10 }:bind { w = w }.native
    local own, view = native:own()
    assert.equal("preconditioner", own)
    assert.equal(2 * 64, #view)
    assert.is_true(native:matrix_reals() > 2 * 64 + 3 * 128)
    assert.equal(0, optim.soap():bind { b = tensor.new { 8 } }.native:matrix_reals())
    assert.equal(2, optim.soap():moments())
  end)

  it("says what is wrong with it", function()
    local function refused(given)
      return select(2, pcall(optim.soap, given))
    end
    assert.matches("soap_spec.lua:%d+: optim.soap: 'every' is 0, want an integer from 1",
      refused { every = 0 })
    assert.matches("optim.soap: 'every' is 2.5, want an integer", refused { every = 2.5 })
    assert.matches("optim.soap: 'max_dim' is 100001, want an integer from 1 to 100000",
      refused { max_dim = 100001 })
    assert.matches("unknown key 'max_dims'.*did you mean 'max_dim'", refused { max_dims = 3 })
    assert.matches("unknown key 'adamw'", refused { adamw = {} })
    local w = tensor.new { 2, 2 }
    local bound = optim.soap():bind { w = w }
    assert.matches("unknown key 'max_dim'",
      select(2, pcall(bound.update, bound, { grads = { w = w }, max_dim = 3 })))
    local state = bound:state()
    state.own.preconditioner = tensor.new { 3 }
    assert.matches("'load': tensor 'preconditioner' has 3 values, want 16",
      select(2, pcall(bound.load, bound, state)))
    state.own = nil
    assert.matches("'load' has no tensor 'preconditioner'",
      select(2, pcall(bound.load, bound, state)))
    assert.matches("soap_spec.lua:%d+: optim.soap: there is no matrix for it.*of several units",
      select(2, pcall(function()
        optim.soap():bind(nn.linear(1):build({ 3 }, { batch = 1 }))
      end)))
  end)
end)
