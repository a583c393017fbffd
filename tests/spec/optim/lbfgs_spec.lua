-- optim.lbfgs: steps by an inverse Hessian, several in an update.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require("lrrun.recipe").new
local tensor = require "lrrun.tensor"
local train = require "lrrun.language.train"

-- Rosenbrock's valley, whose lowest point is (1, 1), with x and y in tensors of their own.
local function valley(w)
  local x, y = w.a:values()[1], w.b:values()[1]
  local loss = (1 - x) ^ 2 + 100 * (y - x * x) ^ 2
  return { a = tensor.new({ 1 }, { -2 * (1 - x) - 400 * x * (y - x * x) }),
    b = tensor.new({ 1 }, { 200 * (y - x * x) }) }, loss
end

local function start()
  return { a = tensor.new({ 1 }, { -1.2 }), b = tensor.new({ 1 }, { 1 }) }
end

local function update(opt, w, f)
  local grads, loss = f(w)
  local count = 1
  opt:update { grads = grads, loss = loss, again = function()
    count = count + 1
    return f(w)
  end }
  return count, loss
end

local WOLFE = { max_iter = 5, history = 10, line_search = "strong_wolfe" }

describe("optim.lbfgs", function()
  it("comes through Rosenbrock's valley with its line search", function()
    local w = start()
    local opt = optim.lbfgs(WOLFE):bind(w)
    local before = math.huge
    for _ = 1, 12 do
      local _, loss = update(opt, w, valley)
      assert.is_true(loss <= before)
      before = loss
    end
    assert.near(1, w.a:values()[1], 1e-3)
    assert.near(1, w.b:values()[1], 2e-3)
  end)

  it("finds the lowest point of a square in as many steps as there are weights", function()
    local w = { w = tensor.new({ 3 }, { 1, -2, 3 }) }
    local function square()
      local g, loss = {}, 0
      for i, x in ipairs(w.w:values()) do
        g[i], loss = i * (x - i), loss + i * (x - i) ^ 2 / 2
      end
      return { w = tensor.new({ 3 }, g) }, loss
    end
    local opt = optim.lbfgs { max_iter = 12, line_search = "wolfe" }:bind(w)
    update(opt, w, square)
    for i, x in ipairs(w.w:values()) do
      assert.near(i, x, 1e-3)
    end
  end)

  it("makes up to max_iter steps, and asks for up to max_eval gradients", function()
    local w = start()
    assert.equal(4, (update(optim.lbfgs { lr = 1e-3, max_iter = 4 }:bind(w), w, valley)))
    w = start()
    assert.equal(5, (update(optim.lbfgs { lr = 1e-3, max_iter = 9, max_eval = 5 }:bind(w), w,
      valley)))
    w = start()
    assert.equal(3, (update(optim.lbfgs { max_iter = 9, max_eval = 3,
      line_search = "wolfe" }:bind(w), w, valley)))
  end)

  it("ends where gradients or changes are small, and leaves the weights there", function()
    local w = { a = tensor.new({ 1 }, { 1 }), b = tensor.new({ 1 }, { 1 }) }
    assert.equal(1, (update(optim.lbfgs():bind(w), w, valley)))
    assert.same({ 1 }, w.a:values())
    w = start()
    assert.equal(2, (update(optim.lbfgs { lr = 1e-3, tolerance_change = 1e3 }:bind(w), w,
      function(now)
        local grads, loss = valley(now)
        return { a = tensor.new({ 1 }, { 1e3 * grads.a:values()[1] }),
          b = tensor.new({ 1 }, { 1e3 * grads.b:values()[1] }) }, loss
      end)))
  end)

  it("goes on exactly where it was, after any update", function()
    for _, search in ipairs { "none", "wolfe" } do
      local function value()
        return optim.lbfgs { lr = search == "none" and 0.1 or 1, max_iter = 3, history = 2,
          line_search = search }
      end
      local w = start()
      local opt = value():bind(w)
      for _ = 1, 6 do
        local other_w = { a = w.a:copy(), b = w.b:copy() }
        local other = value():bind(other_w)
        other:load(opt:state())
        update(opt, w, valley)
        update(other, other_w, valley)
        assert.same(w.a:values(), other_w.a:values())
        assert.same(w.b:values(), other_w.b:values())
      end
    end
  end)

  it("puts the weights back where a gradient cannot be had, and begins anew", function()
    local w = start()
    local opt = optim.lbfgs(WOLFE):bind(w)
    update(opt, w, valley)
    local before = { a = w.a:copy(), b = w.b:copy() }
    local count = 0
    assert.error_matches(function()
      update(opt, w, function(now)
        count = count + 1
        if count == 3 then
          error("no more data", 0)
        end
        return valley(now)
      end)
    end, "^no more data$")
    assert.same(before.a:values(), w.a:values())
    local fresh = optim.lbfgs(WOLFE):bind(before)
    update(opt, w, valley)
    update(fresh, before, valley)
    assert.same(before.b:values(), w.b:values())
  end)

  it("keeps its history, its direction, a gradient, and what it searches with", function()
    assert.equal(2 * 7 + 6, optim.lbfgs { history = 7 }:moments())
  end)

  it("says what is wrong with it", function()
    local function refused(f, ...)
      return (select(2, pcall(f, ...)))
    end
    assert.matches("'max_iter' is 0, want an integer from 1",
      refused(optim.lbfgs, { max_iter = 0 }))
    assert.matches("'line_search' is 'armijo'", refused(optim.lbfgs, { line_search = "armijo" }))
    assert.matches("unknown key 'weight_decay'", refused(optim.lbfgs, { weight_decay = 0.1 }))
    assert.matches("unknown key 'groups'", refused(optim.lbfgs, { groups = {} }))
    assert.matches("'base' is optim.lbfgs, want an optimizer that takes one gradient",
      refused(optim.sam, { base = optim.lbfgs() }))
    local w = start()
    local opt = optim.lbfgs():bind(w)
    assert.matches("takes any number of gradients of the same batch", refused(opt.update, opt,
      { grads = valley(w), loss = 1 }))
    assert.matches("it goes by the loss, and 'loss' is nil", refused(opt.update, opt,
      { grads = valley(w), again = print }))
    assert.matches("what `again` returns as the second is nil", refused(opt.update, opt,
      { grads = valley(w), loss = 1, again = function() return (valley(w)) end }))
    assert.matches("'clip' would change the gradients", refused(opt.update, opt,
      { grads = valley(w), loss = 1, clip = { norm = 1 } }))
    assert.same({ -1.2 }, { math.floor(w.a:values()[1] * 10 + 0.5) / 10 })
  end)
end)

describe("a run with optim.lbfgs", function()
  local function fit(changes)
    local keys = {
      data = data.digits { limit = 60, batch = "all" }, seed = 3, steps = 4,
      model = nn.sequential { nn.linear(8), nn.tanh(), nn.linear(10) },
      optimizer = optim.lbfgs(WOLFE),
    }
    for key, item in pairs(changes or {}) do
      keys[key] = item
    end
    return train.fit(recipe(keys), { record = false, quiet = true })
  end

  it("takes the whole training split as a batch", function()
    local result = fit()
    assert.equal(4, result.steps)
    assert.equal(4, result.epochs)
    assert.is_true(result.last.train_loss < 0.5, result.last.train_loss)
  end)

  it("takes it in pieces too, and drops the same values in each gradient", function()
    local _, whole = fit()
    local _, pieces = fit { data = data.digits { limit = 60, batch = 20 }, accumulate = 3 }
    local far = 0
    for name, t in pairs(pieces.model:params()) do
      local values = whole.model:params()[name]:values()
      for i, x in ipairs(t:values()) do
        far = math.max(far, math.abs(values[i] - x))
      end
    end
    assert.is_true(far < 1e-3, far)
    -- With other values dropped in each trial the loss would jump from one to the next.
    local result = fit { model = nn.sequential { nn.linear(8), nn.dropout(0.3), nn.linear(10) },
      data = data.digits { limit = 60, batch = 20 }, accumulate = 3, steps = 8 }
    assert.is_true(result.last.train_loss < 1.5, result.last.train_loss)
  end)

  it("is refused where an update has fewer samples, or clips", function()
    assert.error_matches(function()
      fit { data = data.digits { limit = 60, batch = 16 }, accumulate = 2 }
    end, "optim.lbfgs: an update needs all 60 training samples, and has 32: want data = "
      .. "data.digits { batch = \"all\" }, or accumulate = 4")
    assert.error_matches(function()
      fit { clip = { norm = 1 } }
    end, "recipe: clip would change the gradients that optim.lbfgs searches by")
  end)
end)
