-- Stop rules: when they fire, why, and what they say about wrong options.
local compile = require "lrrun.stop.compile"
local stop = require "lrrun.stop"

local CLOCK = { steps_per_epoch = 10, total_steps = 1000 }

-- The validation (1 for the first) at which it fires, and the reason.
local function fires(rule, values, name)
  local box = compile.new(rule, CLOCK)
  for i, value in ipairs(values) do
    local reason = box:check({ [name or "val_loss"] = value }, i * 10, i)
    if reason ~= "none" then
      return i, reason
    end
  end
  return nil
end

local function fails(pattern, f)
  local ok, message = pcall(f)
  assert(not ok, "no error")
  assert(message:find("stop_spec.lua:%d+: .*" .. pattern), message)
end

describe("early stopping", function()
  it("fires at the patience-th bad validation in a row", function()
    local at, reason = fires(stop.early { patience = 2 }, { 3, 2, 2, 2 })
    assert.equal(4, at)
    assert.equal("early_stop", reason)
    assert.equal(5, fires(stop.early { patience = 2 }, { 3, 3, 2, 2, 2 }))
    assert.equal(2, fires(stop.early { patience = 1 }, { 3, 3 }))
    assert.equal(2, fires(stop.early { patience = 0 }, { 3, 3 }))
  end)

  it("does not fire while the metric gets better", function()
    assert.is_nil(fires(stop.early { patience = 1 }, { 5, 4, 3, 2, 1 }))
    assert.is_nil(fires(stop.early { "val_accuracy", patience = 1 }, { .1, .2, .3 },
      "val_accuracy"))
  end)

  it("wants gains above min_delta and rel_delta, of negative metrics too", function()
    assert.equal(3, fires(stop.early { patience = 2, min_delta = .5 }, { 3, 2.6, 2.5 }))
    assert.is_nil(fires(stop.early { patience = 2, min_delta = .5 }, { 3, 2.6, 2.4, 1.8 }))
    assert.equal(3, fires(stop.early { patience = 2, rel_delta = .1 }, { -10, -10.5, -11 }))
    assert.is_nil(fires(stop.early { patience = 1, rel_delta = .1 }, { -10, -12, -14 }))
    assert.equal(3, fires(stop.early { patience = 2 }, { -5, -4, -3 }))
  end)

  it("counts NaN and infinities as bad", function()
    local nan, inf = 0 / 0, 1 / 0
    assert.equal(3, fires(stop.early { patience = 2 }, { 3, nan, nan }))
    assert.equal(2, fires(stop.early { patience = 2 }, { nan, inf }))
    assert.is_nil(fires(stop.early { patience = 2 }, { nan, 3, nan, 2, nan, 1 }))
  end)

  it("ignores validations up to start_after", function()
    assert.equal(7, fires(stop.early { patience = 2, start_after = 4 }, { 1, 1, 1, 1, 5, 5, 5 }))
  end)

  it("is left alone by validations without its metric", function()
    assert.is_nil(fires(stop.early { patience = 1 }, { 3, 3, 3 }, "val_accuracy"))
  end)

  it("goes on from its saved numbers", function()
    local rule = stop.early { patience = 3 }
    local box = compile.new(rule, CLOCK)
    for i, loss in ipairs { 3, 2, 2, 2 } do
      assert.equal("none", box:check({ val_loss = loss }, i * 10))
    end
    local again = compile.new(rule, CLOCK)
    again:load(box:save())
    assert.equal("early_stop", again:check({ val_loss = 2 }, 50))
  end)
end)

describe("a threshold", function()
  it("fires when its bound is reached", function()
    local at, reason = fires(stop.threshold { "val_accuracy", above = .9 }, { .8, .9 },
      "val_accuracy")
    assert.equal(2, at)
    assert.equal("threshold", reason)
    assert.equal(2, fires(stop.threshold { "val_loss", below = .1 }, { .2, .05 }))
    assert.is_nil(fires(stop.threshold { "val_loss", below = .1 }, { .2, 0 / 0 }))
  end)
end)

describe("divergence", function()
  local function step_of(losses, factor)
    local box = compile.new(stop.divergence { factor = factor }, CLOCK)
    for i, loss in ipairs(losses) do
      local reason = box:step(loss, i)
      if reason ~= "none" then
        return i, reason
      end
    end
    return nil
  end
  local function losses(n, f)
    local out = {}
    for i = 1, n do
      out[i] = f(i)
    end
    return out
  end

  it("fires when the loss grows without bound", function()
    local at, reason = step_of(losses(100, function(i) return 2.3 * 1.1 ^ i end))
    assert.equal("diverged", reason)
    assert.is_true(at > 10 and at < 60)
  end)

  it("fires at once when the loss is not finite", function()
    assert.equal(2, (step_of { 2.3, 0 / 0 }))
    assert.equal(1, (step_of { 1 / 0 }))
  end)

  it("stays quiet on noise, on a loss near 0, and on a negative one that falls", function()
    assert.is_nil(step_of(losses(500, function(i) return 2 + (i * 7919 % 13) / 10 end)))
    assert.is_nil(step_of(losses(500, function(i)
      return i < 100 and 2.3 * 0.9 ^ i or (i % 50 == 0 and 0.05 or 1e-6)
    end)))
    assert.is_nil(step_of(losses(500, function(i) return -i end)))
  end)

  it("fires after a long good stretch", function()
    local at = step_of(losses(1000, function(i)
      return i < 500 and 2.3 * 0.99 ^ i or 50
    end))
    assert.is_true(at >= 500 and at < 505)
  end)

  it("fires at a validation whose train_loss is not finite", function()
    assert.equal(2, fires(stop.divergence {}, { 1, 0 / 0 }, "train_loss"))
  end)
end)

describe("nonfinite", function()
  it("watches losses and the gradient's norm", function()
    assert.equal(2, fires(stop.nonfinite {}, { 1, 1 / 0 }, "grad_norm"))
    local box = compile.new(stop.nonfinite {}, CLOCK)
    assert.equal("none", box:step(1, 1))
    assert.equal("diverged", box:step(0 / 0, 2))
  end)
end)

describe("time", function()
  it("fires when the caller's clock reaches it", function()
    local box = compile.new(stop.time { "10 min" }, CLOCK)
    assert.equal("none", box:step(1, 1, 599.9))
    assert.equal("time", box:step(1, 2, 600))
    assert.equal("time", compile.new(stop.time "2 h", CLOCK):check({}, 1, 7200))
  end)
end)

describe("any and all", function()
  local early, bound = stop.early { patience = 2 }, stop.threshold { "val_loss", below = 1 }

  it("any fires with the first rule that does, and says which", function()
    local at, reason = fires(stop.any { early, bound }, { 3, 3, .5 })
    assert.equal(3, at)
    assert.equal("threshold", reason)
    assert.equal("early_stop", select(2, fires(stop.any(early, bound), { 3, 3, 3 })))
  end)

  it("all waits until every rule holds at once", function()
    assert.equal(5, fires(stop.all { early, bound }, { 3, 3, .5, .5, .5 }))
    assert.is_nil(fires(stop.all { early, bound }, { 3, 3, 3, 3 }))
  end)

  it("put the best weights back unless all that have a say refuse", function()
    local function early_with(restore_best)
      return stop.early { patience = 2, restore_best = restore_best }
    end
    assert.is_true(compile.restores_best(early_with()))
    assert.is_false(compile.restores_best(early_with(false)))
    assert.is_true(compile.restores_best(stop.time "1 h"))
    assert.is_false(compile.restores_best(stop.any { stop.time "1 h", early_with(false) }))
    assert.is_true(compile.restores_best(stop.any { early_with(false), early_with() }))
    assert.is_true(compile.restores_best(stop.any { early_with(), early_with(false) }))
  end)

  it("nest, and tell what they watch", function()
    local rule = stop.any { stop.all { early, stop.threshold { "val_accuracy", above = .9 } },
      stop.time "1 h", stop.nonfinite {} }
    assert.same({ "val_loss", "val_accuracy" }, compile.new(rule, CLOCK):monitors())
    assert.same({ monitor = "val_loss", mode = "min" }, compile.monitored(rule))
    assert.is_nil(compile.monitored(stop.time "1 h"))
    local box = compile.new(rule, CLOCK)
    local again = compile.new(rule, CLOCK)
    box:check({ val_loss = 1, val_accuracy = .95 }, 10)
    box:check({ val_loss = 1, val_accuracy = .95 }, 20)
    again:load(box:save())
    assert.equal("early_stop", again:check({ val_loss = 1, val_accuracy = .95 }, 30))
  end)
end)

describe("a wrong stop rule", function()
  it("says so at the recipe's line", function()
    fails("stop.early: unknown key 'patients'; did you mean 'patience'%?", function()
      stop.early { patients = 3 }
    end)
    fails("stop.early: 'patience' is missing", function() stop.early {} end)
    fails("stop.early: 'mode' is missing: the name 'f1'", function()
      stop.early { "f1", patience = 1 }
    end)
    fails("stop.threshold: 'above' or 'below' is missing", function()
      stop.threshold { "val_loss" }
    end)
    fails("stop.threshold: 'above' and 'below' are both given", function()
      stop.threshold { "val_loss", above = 1, below = 2 }
    end)
    fails("stop.divergence: 'factor'", function() stop.divergence { factor = 1 } end)
    fails("stop.time: 'limit' is 'soon'", function() stop.time "soon" end)
    fails("stop.any: 'rules' is empty", function() stop.any {} end)
    fails("stop.any: 'rules' item 1 is 5", function() stop.any { 5 } end)
    fails("stop.nonfinite: unknown key", function() stop.nonfinite { factor = 2 } end)
  end)
end)
