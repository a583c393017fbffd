-- A number has one range, wherever it stands: in a recipe, in a schedule, in an update.

local data = require "lrrun.data"
local native = require "lrrun.native.optim"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe"
local schedule = require "lrrun.schedule"
local tensor = require "lrrun.tensor"
local train = require "lrrun.language.train"

local function refusal(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return (message:gsub("^[^:]*:%d+: ", ""))
end

local function fit(changes)
  local keys = {
    data = data.random { shape = { 3 }, classes = 2, n = 16, batch = 4, val = 0.25 },
    model = nn.linear(2), optimizer = optim.sgd { lr = 0.1 }, epochs = 1,
  }
  for key, item in pairs(changes) do
    keys[key] = item
  end
  return train.fit(recipe.new(keys), { record = false, quiet = true })
end

local function bound(value)
  return value:bind { w = tensor.new({ 1 }, { 1 }) }
end

local function update(value, opts)
  opts.grads = { w = tensor.new({ 1 }, { 1 }) }
  return bound(value):update(opts)
end

describe("momentum of 1 or more", function()
  local WANT = "want a number at least 0 and below 1"

  it("is refused as a number", function()
    assert.equal("optim.sgd: 'momentum' is 1.2, " .. WANT,
      refusal(optim.sgd, { lr = 0.1, momentum = 1.2 }))
  end)

  it("is refused in a group", function()
    assert.equal("optim.sgd.groups: 'momentum' is 1.2, " .. WANT,
      refusal(optim.sgd, { lr = 0.1, groups = { { match = "w", momentum = 1.2 } } }))
  end)

  it("is refused as a schedule, in the same words", function()
    local rising = schedule.linear { from = 0.9, to = 1.5 }
    assert.matches("optimizer.momentum %(group 1%) rises to 1[%d.]* in this run, " .. WANT,
      refusal(fit, { optimizer = optim.sgd { lr = 0.1, momentum = rising } }))
  end)

  it("is refused in an update, in the same words", function()
    assert.equal("optim.sgd: update: 'momentum' is 1.2, " .. WANT,
      refusal(update, optim.sgd { lr = 0.1, momentum = 0.5 }, { momentum = 1.2 }))
  end)
end)

describe("dampening", function()
  it("may rise to 1", function()
    fit { optimizer = optim.sgd { lr = 0.1, momentum = 0.9,
      dampening = schedule.linear { from = 0.5, to = 1 } } }
    update(optim.sgd { lr = 0.1, momentum = 0.9 }, { dampening = 1 })
  end)

  it("may not pass it", function()
    assert.matches("'dampening' is 1.1, want a number from 0 to 1",
      refusal(optim.sgd, { lr = 0.1, momentum = 0.9, dampening = 1.1 }))
    assert.matches("dampening %(group 1%) rises to 2 in this run, want a number from 0 to 1",
      refusal(fit, { optimizer = optim.sgd { lr = 0.1, momentum = 0.9,
        dampening = schedule.constant { value = 2 } } }))
  end)
end)

describe("clip", function()
  local CASES = { {}, { agc_eps = 1e-3 }, { norm = 1, agc_eps = 1e-3 }, { norm = math.huge },
    { value = 0 }, { agc = -1 }, { nrom = 1 }, { norm = 0 / 0 } }

  it("is refused by a recipe and by an update in the same words", function()
    for _, clip in ipairs(CASES) do
      local said = refusal(fit, { clip = clip })
      assert.matches("^clip: ", said)
      assert.equal(said, refusal(update, optim.sgd { lr = 0.1 }, { clip = clip }))
    end
  end)

  it("may not fall to 0 by its schedule", function()
    local falling = schedule.constant { value = 0 }
    assert.matches("clip.norm falls to 0 in this run, want a number above 0",
      refusal(fit, { clip = { norm = falling } }))
    assert.matches("clip.norm is 0, want a number above 0", refusal(update,
      optim.sgd { lr = 0.1 }, { clip = { norm = falling },
        clock = { total_steps = 10, steps_per_epoch = 5 } }))
  end)
end)

describe("the list of optimizers", function()
  it("is that of the core", function()
    local count = 0
    for _, name in ipairs(native.names()) do
      assert.is_function(optim[name], name)
      count = count + 1
    end
    for _ in pairs(optim) do
      count = count - 1
    end
    assert.equal(0, count)
  end)

  it("has a range for every number that an optimizer takes", function()
    local range = native.hypers()
    assert.same({ min = 0, below = 1 }, range.momentum)
    assert.same({ min = 0, max = 1 }, range.dampening)
    assert.same({ above = 1, below = math.huge }, range.eta_plus)
  end)
end)
