local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local optimizers = require "support.optimizers"
local tensor = require "lrrun.tensor"

local function near(want, got)
  for i, x in ipairs(want) do
    local ok = math.abs(x - got[i]) <= 1e-6 * math.max(1, math.abs(x))
    assert.is_true(ok, ("item %d: want %.9g, got %.9g"):format(i, x, got[i]))
  end
  assert.equal(#want, #got)
end

local function vector(...)
  return tensor.new({ select("#", ...) }, { ... })
end

describe("an optimizer bound to tensors", function()
  it("changes them in place and counts its updates", function()
    local w = vector(1, 2)
    local opt = optim.sgd { lr = 0.5 }:bind { w = w }
    assert.equal(0, opt.steps)
    opt:update { grads = { w = vector(1, -1) } }
    near({ 0.5, 2.5 }, w:values())
    assert.equal(1, opt.steps)
  end)

  it("keeps tensors of any size apart", function()
    local a, b = tensor.new { 3 }, tensor.new({ 2, 20 }, nil)
    local ones = {}
    for i = 1, 40 do
      ones[i] = 1
    end
    local opt = optim.adam { lr = 0.1 }:bind { a = a, b = b }
    opt:update { grads = { a = tensor.new { 3 }, b = tensor.new({ 2, 20 }, ones) } }
    near({ 0, 0, 0 }, a:values())
    near({ -0.1, -0.1 }, { b:values()[1], b:values()[40] })
  end)

  it("takes another rate in one update and keeps it", function()
    local w = vector(0)
    local opt = optim.sgd { lr = 0.5 }:bind { w = w }
    assert.equal(0.5, opt.lr)
    opt:update { lr = 0.1, grads = { w = vector(1) } }
    opt:update { grads = { w = vector(1) } }
    assert.equal(0.1, opt.lr)
    near({ -0.2 }, w:values())
  end)

  it("takes any of its numbers in an update", function()
    local w = vector(1)
    local opt = optim.sgd { lr = 0.1 }:bind { w = w }
    opt:update { weight_decay = 1, grads = { w = vector(0) } }
    near({ 0.9 }, w:values())
  end)

  it("leaves parameters alone at rate 0, but not its averages", function()
    local w = vector(1)
    local opt = optim.adam():bind { w = w }
    opt:update { lr = 0, grads = { w = vector(1) } }
    near({ 1 }, w:values())
    near({ 0.1 }, opt:state().tensors.exp_avg.w:values())
  end)

  it("shows a gradient that is no number in the parameter", function()
    for name in pairs(optim) do
      local w = vector(1, 1)
      local opt = optimizers.make(name, { lr = 0.1 }):bind { w = w }
      optimizers.update(opt, { w = vector(0 / 0, 1) })
      assert.is_true(w:values()[1] ~= w:values()[1], name)
    end
  end)

  it("does not divide by zero where all gradients are 0", function()
    for name in pairs(optim) do
      local w = vector(1, 2)
      optimizers.update(optimizers.make(name, { lr = 0.1, weight_decay = 0 }):bind { w = w },
        { w = vector(0, 0) })
      assert.same({ 1, 2 }, w:values(), name)
    end
  end)

  it("stays finite, centered, when the gradient never changes", function()
    local w = vector(1)
    local opt = optim.rmsprop { centered = true }:bind { w = w }
    for _ = 1, 300 do
      opt:update { grads = { w = vector(0.1) } }
    end
    assert.is_true(w:values()[1] == w:values()[1])
  end)
end)

describe("an optimizer's memory", function()
  it("is known before it is bound", function()
    local groups = { { match = "bias", momentum = 0.9 } }
    assert.equal(0, optim.sgd { lr = 1 }:moments())
    assert.equal(1, optim.sgd { lr = 1, momentum = 0.9 }:moments())
    assert.equal(3, optim.adam { amsgrad = true }:moments())
    assert.equal(3, optim.rmsprop { centered = true, momentum = 0.5 }:moments())
    assert.equal(1, optim.sgd { lr = 1, groups = groups }:moments())
  end)
end)

describe("groups of parameters", function()
  local function run(groups, lr)
    local t = { ["1.linear.weight"] = vector(1), ["1.linear.bias"] = vector(1) }
    local opt = optim.sgd { lr = 0.1, weight_decay = 0.5, groups = groups }:bind(t)
    opt:update {
      lr = lr, grads = { ["1.linear.weight"] = vector(0), ["1.linear.bias"] = vector(0) },
    }
    return { t["1.linear.weight"]:values()[1], t["1.linear.bias"]:values()[1] }
  end

  it("take their own numbers, and the rest those of the optimizer", function()
    near({ 0.95, 1 }, run { { match = "bias", weight_decay = 0 } })
  end)

  it("keep the ratio of their rate to the optimizer's", function()
    near({ 0.95, 0.5 }, run { { match = "bias$", lr = 1 } })
    near({ 0.975, 0.75 }, run({ { match = "bias$", lr = 1 } }, 0.05))
  end)

  it("are found in order: the first match wins", function()
    near({ 0.5, 1 }, run { { match = "bias", weight_decay = 0 }, { match = "1", lr = 1 } })
  end)

  it("have to match something", function()
    local _, message = pcall(run, { { match = "biass" } })
    assert.matches("update_spec.lua:%d+: optim.sgd: 'groups' item 1: no parameter is left for "
      .. "'biass'; there are 1.linear.bias, 1.linear.weight", message)
  end)

  it("have a pattern, known keys and numbers in range", function()
    assert.error_matches(function() run { { weight_decay = 0 } } end, "'match' is missing")
    assert.error_matches(function() run { { match = "[" } } end, "match is no Lua pattern: '%['")
    assert.error_matches(function() run { { match = "b", wd = 0 } } end, "unknown key 'wd'")
    assert.error_matches(function() run { { match = "b", lr = -1 } } end, "'lr' is %-1")
  end)
end)

describe("clipping", function()
  local function update(clip, a, b)
    local t = { a = vector(table.unpack(a)), b = vector(table.unpack(b)) }
    local x = { a = tensor.new { #a }, b = tensor.new { #b } }
    local opt = optim.sgd { lr = 1 }:bind(x)
    local norm = opt:update { grads = t, clip = clip }
    local got = x.a:values()
    for _, v in ipairs(x.b:values()) do
      got[#got + 1] = v
    end
    return norm, got, opt.steps
  end

  it("by the norm of all gradients scales them together, and tells the norm", function()
    local norm, got = update({ norm = 2.5 }, { 3 }, { 4, 0 })
    assert.equal(5, norm)
    near({ -1.5, -2, 0 }, got)
  end)

  it("leaves gradients below the limit as they are", function()
    local norm, got = update({ norm = 6 }, { 3 }, { 4, 0 })
    assert.equal(5, norm)
    near({ -3, -4, 0 }, got)
  end)

  it("by value limits each", function()
    local norm, got = update({ value = 1 }, { 3 }, { -4, 0.5 })
    near({ math.sqrt(25.25) }, { norm })
    near({ -1, 1, -0.5 }, got)
  end)

  it("by tensor limits each tensor's norm", function()
    local _, got = update({ tensor_norm = 1 }, { 0.5 }, { 3, 4 })
    near({ -0.5, -0.6, -0.8 }, got)
  end)

  it("by value and norm together takes the norm after the values", function()
    local norm, got = update({ value = 1, norm = 0.5 }, { 3 }, { 0, 0 })
    assert.equal(3, norm)
    near({ -0.5, 0, 0 }, got)
  end)

  it("relative to the weights limits each unit", function()
    -- Rows of w have norms 5 and 0 (counted as 0.001); the gradient's 10 and 1.
    local w = tensor.new({ 2, 2 }, { 3, 4, 0, 0 })
    local opt = optim.sgd { lr = 1 }:bind { w = w }
    opt:update {
      grads = { w = tensor.new({ 2, 2 }, { 6, 8, 0, 1 }) }, clip = { agc = 0.1 },
    }
    near({ 3 - 0.3, 4 - 0.4, 0, -1e-4 }, w:values())
  end)

  it("makes no update where the norm is not finite", function()
    local norm, got, steps = update({ norm = 1 }, { 1 / 0 }, { 1, 1 })
    assert.equal(1 / 0, norm)
    near({ 0, 0, 0 }, got)
    assert.equal(0, steps)
    norm, got, steps = update({ value = 1 }, { 1 }, { 0 / 0, 1 })
    assert.is_true(norm ~= norm)
    near({ 0, 0, 0 }, got)
    assert.equal(0, steps)
  end)

  it("needs a limit, and a known one", function()
    assert.error_matches(function() update({}, { 1 }, { 1 }) end, "clip: 'norm' is missing")
    assert.error_matches(function() update({ nrom = 1 }, { 1 }, { 1 }) end, "did you mean 'norm'")
    assert.error_matches(function() update({ norm = 0 }, { 1 }, { 1 }) end, "clip: 'norm' is 0")
  end)
end)

describe("an optimizer's state", function()
  it("goes on exactly where it was, for every optimizer", function()
    for name in pairs(optim) do
      local function grads(k)
        return { w = vector(math.sin(k), math.cos(3 * k), 0.1) }
      end
      local w = vector(1, 2, 3)
      local opt = optimizers.make(name, { lr = 0.1 }):bind { w = w }
      for k = 1, 5 do
        optimizers.update(opt, grads(k))
      end
      local v = vector(table.unpack(w:values()))
      local other = optimizers.make(name, { lr = 0.1 }):bind { w = v }
      other:load(opt:state())
      assert.equal(5, other.steps)
      for k = 6, 9 do
        optimizers.update(opt, grads(k))
        optimizers.update(other, grads(k))
      end
      assert.same(w:values(), v:values(), name)
    end
  end)

  it("is refused when it is another optimizer's", function()
    local a = optim.sgd { lr = 1 }:bind { w = vector(1) }
    local b = optim.adam():bind { w = vector(1) }
    assert.error_matches(function() b:load(a:state()) end,
      "optim.adam: load: the state has no 'exp_avg'")
  end)
end)

describe("an optimizer bound to a model", function()
  it("uses the model's gradients", function()
    local model = nn.linear(1):build({ 2 }, { batch = 2 })
    local p = model:params()
    p.weight:set { 1, 2 }
    p.bias:set { 0 }
    local opt = optim.sgd { lr = 0.5 }:bind(model)
    model:forward(tensor.new({ 2, 2 }, { 1, 0, 0, 1 }), { train = true })
    model:backward(tensor.new({ 2, 1 }, { 1, 2 }))
    assert.equal(math.sqrt(14), opt:update { clip = { norm = 100 } })
    near({ 0.5, 1 }, p.weight:values())
    near({ -1.5 }, p.bias:values())
  end)

  it("takes no other gradients", function()
    local model = nn.linear(1):build({ 2 }, { batch = 2 })
    local opt = optim.sgd { lr = 0.5 }:bind(model)
    assert.error_matches(function() opt:update { grads = {} } end, "has its own gradients")
  end)
end)

describe("misuse of an optimizer", function()
  local function message(f)
    return select(2, pcall(f))
  end

  it("names the recipe's line, the optimizer, the key and what it takes", function()
    assert.matches("update_spec.lua:%d+: optim.sgd: 'lr' is missing", message(function()
      optim.sgd {}
    end))
    assert.matches("optim.adam: unknown key 'beta'.*did you mean 'betas'", message(function()
      optim.adam { beta = 0.9 }
    end))
    assert.matches("optim.adam: 'betas' has 1 item, want two numbers", message(function()
      optim.adam { betas = { 0.9 } }
    end))
    assert.matches("'betas' item 2 is 1, want a number at least 0 and below 1", message(function()
      optim.adam { betas = { 0.9, 1 } }
    end))
    assert.matches("optim.adam: 'lr' is NaN", message(function()
      optim.adam { lr = 0 / 0 }
    end))
    assert.matches("optim.sgd: 'nesterov' needs momentum", message(function()
      optim.sgd { lr = 1, nesterov = true }
    end))
    assert.matches("optim.rprop: 'etas' item 1 is 1.5, want a number above 0", message(function()
      optim.rprop { etas = { 1.5, 1.2 } }
    end))
    assert.matches("optim.rprop: 'step_sizes' is { 2, 1 }", message(function()
      optim.rprop { step_sizes = { 2, 1 } }
    end))
    assert.matches("optim.radam: 'like' is 'keras'", message(function()
      optim.radam { like = "keras" }
    end))
  end)

  it("says which gradient is missing or too much, or of another size", function()
    local opt = optim.sgd { lr = 1 }:bind { w = vector(1, 2) }
    assert.matches("optim.sgd: 'grads' is nil, want { name = tensor }", message(function()
      opt:update {}
    end))
    assert.matches("'grads' has no tensor 'w'", message(function()
      opt:update { grads = {} }
    end))
    assert.matches("'grads': no parameter 'v'", message(function()
      opt:update { grads = { w = vector(1, 2), v = vector(1) } }
    end))
    assert.matches("update_spec.lua:%d+: optim.sgd: 'grads': tensor 'w' has 1 value, want 2",
      message(function()
      opt:update { grads = { w = vector(1) } }
    end))
    assert.matches("tensor 'w' is of integers, want real numbers", message(function()
      opt:update { grads = { w = tensor.new({ 2 }, { 1, 2 }, "i32") } }
    end))
    assert.matches("update: unknown key 'rate'", message(function()
      opt:update { rate = 1 }
    end))
    assert.matches("'lr' is %-1, want a number at least 0", message(function()
      opt:update { lr = -1, grads = { w = vector(1, 2) } }
    end))
    assert.matches("'momentum' is 0.9, but was 0 when the optimizer was bound", message(function()
      opt:update { momentum = 0.9, grads = { w = vector(1, 2) } }
    end))
    assert.matches("optim.sgd: bind takes a model", message(function()
      optim.sgd { lr = 1 }:bind(3)
    end))
  end)
end)

describe("numbers that are schedules", function()
  local schedule = require "lrrun.schedule"
  local clock = { lr = 0.1, steps_per_epoch = 2, total_steps = 4 }

  it("take their value from the clock in each update", function()
    local w = vector(1)
    local decay = schedule.multistep { at = { 1 }, values = { 0, 5 } }
    local opt = optim.sgd { lr = 0.1, weight_decay = decay }:bind { w = w }
    for _ = 1, 3 do
      opt:update { clock = clock, grads = { w = vector(0) } }
    end
    near({ 0.5 }, w:values())
  end)

  it("may be one of a pair, or in a group", function()
    local beta = schedule.constant { value = 0.5 }
    local w = vector(1)
    local opt = optim.adam {
      betas = { 0.9, 0.999 }, groups = { { match = "w", betas = { beta, 0.9 } } },
    }:bind { w = w }
    assert.same({ { group = 2, name = "beta1", schedule = beta } }, opt.schedules)
    opt:update { clock = clock, grads = { w = vector(1) } }
    near({ 0.5 }, opt:state().tensors.exp_avg.w:values())
  end)

  it("of a group's rate hold beside the optimizer's rate", function()
    local t = { a = vector(0), b = vector(0), c = vector(0) }
    local opt = optim.sgd {
      lr = 0.1, groups = { { match = "b", lr = schedule.constant { value = 3 } },
        { match = "c", lr = 0.2 } },
    }:bind(t)
    opt:update {
      clock = clock, lr = 0.05, grads = { a = vector(1), b = vector(1), c = vector(1) },
    }
    near({ -0.05, -3, -0.1 }, { t.a:values()[1], t.b:values()[1], t.c:values()[1] })
  end)

  it("have to be given where there is no clock", function()
    local opt = optim.sgd { lr = schedule.cosine { max = 0.1 } }:bind { w = vector(1) }
    local _, message = pcall(opt.update, opt, { grads = { w = vector(1) } })
    assert.matches("optim.sgd: lr is a schedule: give update its value, or a clock", message)
    opt:update { lr = 0.1, grads = { w = vector(1) } }
  end)

  it("have to be in range", function()
    local opt = optim.adam { betas = { schedule.constant { value = 1.5 }, 0.9 } }
      :bind { w = vector(1) }
    local _, message = pcall(opt.update, opt, { clock = clock, grads = { w = vector(1) } })
    assert.matches("update_spec.lua:%d+: optim.adam: update: 'beta1' is 1.5, want a number at "
      .. "least 0 and below 1", message)
  end)

  it("move the limits of clipping too", function()
    local w = vector(0)
    local opt = optim.sgd { lr = 1 }:bind { w = w }
    opt:update {
      clock = clock, grads = { w = vector(3) },
      clip = { norm = schedule.constant { value = 0.5 } },
    }
    near({ -0.5 }, w:values())
  end)

  it("are refused in place of a pair, and as the first size of rprop's steps", function()
    local s = schedule.constant { value = 0.5 }
    local _, message = pcall(optim.adam, { betas = s })
    assert.matches("'betas' is schedule.constant; want two numbers", message)
    _, message = pcall(optim.rprop, { lr = s })
    assert.matches("optim.rprop: 'lr' is schedule.constant, want a number", message)
  end)
end)

-- Of three gradients, where none of the language takes so many: one that is bound to tensors, whose
-- native side moves w by 1 before each further gradient and notes what it is asked for.
local function of_three_gradients(w)
  local opt = optim.sgd { lr = 1 }:bind { w = w }
  local asked, native, at = {}, opt.native, w:values()[1]
  opt.native = setmetatable({
    moves = function()
      return 2
    end,
    move = function(_, p, grads)
      if p > 2 then
        return false
      end
      asked[#asked + 1] = ("move %d by %g"):format(p, grads[1]:values()[1])
      w:set { w:values()[1] + 1 }
      return true
    end,
    unmove = function()
      asked[#asked + 1] = "unmove"
      w:set { at }
    end,
    update = function(_, grads)
      asked[#asked + 1] = ("update by %g"):format(grads[1]:values()[1])
    end,
  }, { __index = function(_, key)
    return function(_, ...)
      return native[key](native, ...)
    end
  end })
  return opt, asked
end

describe("an optimizer of several gradients", function()
  it("asks for each at the weights as they are then", function()
    local w = vector(5)
    local opt, asked = of_three_gradients(w)
    opt:update {
      grads = { w = vector(5) },
      again = function()
        return { w = vector(w:values()[1]) }
      end,
    }
    assert.same({ "move 1 by 5", "move 2 by 6", "update by 7" }, asked)
  end)

  it("puts the weights back where a gradient cannot be had", function()
    local w = vector(5)
    local opt, asked = of_three_gradients(w)
    assert.error_matches(function()
      opt:update {
        grads = { w = vector(5) },
        again = function()
          error("no more data", 0)
        end,
      }
    end, "^no more data$")
    assert.same({ "move 1 by 5", "unmove" }, asked)
    near({ 5 }, w:values())
    assert.error_matches(function()
      opt:update { grads = { w = vector(5) }, again = function() end }
    end, "'again' is nil, want { name = tensor }")
    near({ 5 }, w:values())
  end)

  it("says what it needs where it is missing", function()
    local opt, asked = of_three_gradients(vector(5))
    assert.error_matches(function()
      opt:update { grads = { w = vector(5) } }
    end, "takes 3 gradients of the same batch.*want again = function%(%)")
    assert.same({}, asked)
  end)

  it("is no other one: these neither move nor call", function()
    local w = vector(5)
    local opt = optim.sgd { lr = 1 }:bind { w = w }
    opt:update {
      grads = { w = vector(1) },
      again = function()
        error "not to be called"
      end,
    }
    opt.native:unmove()
    near({ 4 }, w:values())
    assert.is_false(opt.native:move(1, { vector(1) }))
  end)
end)

describe("what is evaluated", function()
  it("is the weights themselves, and f's results come through", function()
    local w = vector(5)
    local opt = optim.sgd { lr = 1 }:bind { w = w }
    local a, b = opt:evaluated(function()
      near({ 5 }, w:values())
      return 1, 2
    end)
    assert.same({ 1, 2 }, { a, b })
  end)

  it("lets errors of f through, and wants a function", function()
    local opt = optim.sgd { lr = 1 }:bind { w = vector(5) }
    assert.error_matches(function()
      opt:evaluated(function() error "from within" end)
    end, "from within")
    assert.error_matches(function()
      opt:evaluated(3)
    end, "optim.sgd: evaluated takes a function, found 3")
  end)

  -- An optimizer whose weights to be evaluated are not those that train.
  local function averaging()
    local w = vector(5)
    local opt = optim.schedule_free_sgd { lr = 1, momentum = 0.5 }:bind { w = w }
    opt:update { grads = { w = vector(1) } }
    opt:update { grads = { w = vector(1) } }
    return w, opt
  end

  it("is that within itself, too, and the weights that train come back", function()
    local w, opt = averaging()
    local trained, inner, outer = w:values()[1], nil, nil
    opt:evaluated(function()
      outer = w:values()[1]
      opt:evaluated(function()
        inner = w:values()[1]
      end)
      assert.equal(outer, w:values()[1])
    end)
    assert.equal(outer, inner)
    assert.not_equal(trained, outer)
    assert.equal(trained, w:values()[1])
  end)

  it("is not trained", function()
    local w, opt = averaging()
    local trained = w:values()[1]
    assert.error_matches(function()
      opt:evaluated(function()
        opt:update { grads = { w = vector(1) } }
      end)
    end, "optim.schedule_free_sgd: update: the function that evaluated was given has not ended")
    assert.equal(trained, w:values()[1])
    assert.error_matches(function()
      opt:evaluated(function()
        opt:load(opt:state())
      end)
    end, "optim.schedule_free_sgd: load: the function that evaluated was given has not ended")
    local pause = coroutine.wrap(function()
      opt:evaluated(coroutine.yield)
    end)
    pause()
    assert.error_matches(function()
      opt:update { grads = { w = vector(1) } }
    end, "update: the function that evaluated was given has not ended")
    pause()
    assert.equal(trained, w:values()[1])
    opt:update { grads = { w = vector(1) } }
    assert.not_equal(trained, w:values()[1])
  end)
end)

describe("a duration among an optimizer's numbers", function()
  local function warmup_of(value, clock)
    local w = vector(5)
    local opt = value:bind { w = w }
    opt:update { grads = { w = vector(1) }, clock = clock }
    return opt.native:get(1, "warmup")
  end

  it("is known in steps, and otherwise by the clock", function()
    for _, text in ipairs { "7 steps", "7*steps", " 7 * steps" } do
      assert.equal(7, warmup_of(optim.ademamix { warmup = text }))
    end
    assert.is_false((pcall(optim.ademamix, { warmup = "7*" })))
    assert.equal(0, warmup_of(optim.ademamix()))
    assert.equal(12, warmup_of(optim.ademamix { warmup = "3 epochs" }, { steps_per_epoch = 4 }))
    assert.equal(10, warmup_of(optim.ademamix { warmup = "20 percent" }, { total_steps = 50,
      steps_per_epoch = 4 }))
  end)

  it("asks for a clock where it needs one", function()
    assert.error_matches(function()
      warmup_of(optim.ademamix { warmup = "3 epochs" })
    end, "optim.ademamix: update: 'warmup' is 3 epochs: give update a clock, or give it in steps")
    assert.error_matches(function()
      warmup_of(optim.ademamix { warmup = "20 percent" }, { steps_per_epoch = 4 })
    end, "optim.ademamix: 20 percent needs the clock's total_steps")
  end)

  it("has three betas, and says so", function()
    assert.error_matches(function()
      optim.adan { betas = { 0.9, 0.99 } }
    end, "optim.adan: 'betas' has 2 items, want three numbers")
  end)
end)
