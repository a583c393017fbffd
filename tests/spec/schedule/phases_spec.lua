-- Phases, products, functions, and what all schedules have in common.
local compile = require "lrrun.schedule.compile"
local native = require "lrrun.native.schedule"
local schedule = require "lrrun.schedule"
local schedule_check = require "lrrun.schedule.check"
local stop = require "lrrun.stop"
local units = require "lrrun.util.units"

local steps, epochs, percent = units.steps, units.epochs, units.percent
local CLOCK = { lr = 0.1, steps_per_epoch = 10, total_steps = 100 }

local function near(want, got, what)
  local ok = math.abs(want - got) <= math.max(1e-9 * math.abs(want), 1e-12)
  assert(ok, ("%s: want %.12g, got %.12g"):format(what or "", want, got))
end

local ALL = {
  schedule.constant(0.02), schedule.linear {}, schedule.linear { from = 0.3, length = 3 },
  schedule.polynomial { power = 2 }, schedule.hold { length = 2 }, schedule.warmup(5),
  schedule.warmup { 5, shape = "cosine" }, schedule.warmup { 5, shape = "exponential" },
  schedule.warmup { 5, from = 0.001, shape = "exponential" }, schedule.step { every = 2 },
  schedule.multistep { at = { 2, 5 } }, schedule.exponential(0.9),
  schedule.exponential { 0.5, staircase = true, min = 0.001 }, schedule.inverse_time(0.5),
  schedule.inverse_sqrt(2), schedule.wsd { warmup = 1, decay = 3 },
  schedule.wsd { decay = 3, shape = "cosine", min = 0.01 }, schedule.cosine {},
  schedule.cosine { length = 2, after = "mirror" }, schedule.cosine_restarts(2),
  schedule.cyclic(0.001, 0.01, 2), schedule.one_cycle(0.3), schedule.plateau {},
  schedule.warmup(1) .. schedule.cosine { min = 1e-5 },
  0.5 * (schedule.warmup(1) .. schedule.exponential(0.8)),
  schedule.warmup(3) * schedule.step { every = 4 },
}

describe("every schedule", function()
  it("gives the same value whatever was asked before", function()
    for _, s in ipairs(ALL) do
      local forward = {}
      for t = 0, 120 do
        forward[t] = s:at(t, CLOCK)
      end
      local box = compile.new(s, CLOCK)
      for t = 120, 0, -7 do
        assert.equal(forward[t], s:at(t, CLOCK))
        assert.equal(forward[t], box:at(t))
      end
    end
  end)

  it("is finite and never negative, far behind its end too", function()
    for _, s in ipairs(ALL) do
      for t = 0, 2000, 3 do
        local v = s:at(t, CLOCK)
        assert(v >= 0 and v < 1, tostring(s) .. " at " .. t .. ": " .. v)
      end
    end
  end)

  it("describes itself by what the recipe gave", function()
    assert.equal("warmup{length=1 epochs} .. cosine{min=1e-05}", ALL[#ALL - 2]:describe())
    assert.equal("0.5 * (warmup{length=1 epochs} .. exponential{rate=0.8})",
      tostring(ALL[#ALL - 1]))
    assert.equal("warmup{length=3 epochs} * step{every=4 epochs}", tostring(ALL[#ALL]))
  end)

  it("has no value before it has a form", function()
    local empty = native.new(1, 10)
    for _, call in ipairs { { empty.at, empty, 0 }, { empty.observe, empty, {}, 0 } } do
      local ok, why = pcall(table.unpack(call))
      assert.is_false(ok)
      assert.matches("has no form yet", why, 1, true)
    end
  end)

  it("holds its last value past its length", function()
    for name, s in pairs {
      linear = schedule.linear { to = 0.02, length = 2 },
      polynomial = schedule.polynomial { to = 0.02, length = 2 },
      cosine = schedule.cosine { min = 0.02, length = 2 },
      wsd = schedule.wsd { decay = 1, min = 0.02, length = 2 },
      exponential = schedule.exponential { 0.2 ^ 0.5, length = 2 },
      step = schedule.step { 0.2, every = 1, length = 2 },
    } do
      near(0.02, s:at(20, CLOCK), name)
      near(0.02, s:at(1000, CLOCK), name)
    end
  end)
end)

describe("a warmup", function()
  it("reaches the base rate with its last update", function()
    for _, shape in ipairs { "linear", "cosine", "exponential" } do
      local s = schedule.warmup { 10 * steps, shape = shape }
      near(0.1, s:at(9, CLOCK), shape)
      assert.is_true(s:at(8, CLOCK) < 0.1)
      assert.is_true(s:at(0, CLOCK) > 0)
      near(0.1, s:at(10, CLOCK), shape)
    end
  end)

  it("of one update starts with the base rate", function()
    near(0.1, schedule.warmup(1 * steps):at(0, CLOCK))
    near(0.1, (schedule.warmup(1 * steps) .. schedule.cosine {}):at(1, CLOCK))
  end)

  it("starts above `from` and grows by a factor when exponential", function()
    local s = schedule.warmup { 10 * steps, from = 0.001, shape = "exponential" }
    near(0.001 * 100 ^ 0.1, s:at(0, CLOCK))
    near(0.001 * 100 ^ 0.5, s:at(4, CLOCK))
  end)

  it("may fall when it starts above the base rate", function()
    local s = schedule.warmup { 10 * steps, from = 0.2 }
    near(0.19, s:at(0, CLOCK))
    near(0.1, s:at(9, CLOCK))
  end)
end)

describe("phases", function()
  it("give the last one what is left of the run", function()
    local s = schedule.warmup(10 * steps) .. schedule.hold(20 * steps) .. schedule.linear {}
    near(0.1, s:at(29, CLOCK))
    near(0.1, s:at(30, CLOCK))
    near(0.05, s:at(65, CLOCK))
    near(0, s:at(100, CLOCK))
  end)

  it("join in either grouping", function()
    local a, b, c = schedule.warmup(5 * steps), schedule.hold(7 * steps), schedule.cosine {}
    local left, right = (a .. b) .. c, a .. (b .. c)
    for t = 0, 110 do
      assert.equal(left:at(t, CLOCK), right:at(t, CLOCK))
    end
  end)

  it("may be the same schedule twice", function()
    local w = schedule.warmup(10 * steps)
    local s = w .. w .. schedule.constant()
    near(0.01, s:at(10, CLOCK))
    local phases = compile.phases(compile.new(s, CLOCK))
    assert.equal(10, phases[2].first)
    assert.equal(20, phases[3].first)
    assert.equal(80, phases[3].length)
  end)

  it("of shares of the run fill it, however it divides", function()
    for _, total in ipairs { 95, 100, 101, 333 } do
      local s = schedule.constant { value = 0.1, length = 10 * percent }
      for i = 2, 10 do
        s = s .. schedule.constant { value = i / 10, length = 10 * percent }
      end
      local clock = { lr = 0.1, total_steps = total }
      local phases = compile.phases(compile.new(s, clock))
      local last = phases[10]
      assert.equal(total, last.first + last.length)
      assert.same({}, schedule_check.warnings(s, clock))
      near(1, s:at(total - 1, clock))
    end
  end)

  it("take epochs that are no whole number, and samples", function()
    local s = schedule.warmup(0.75 * epochs) .. schedule.constant(0.5)
    near(0.1, s:at(7, CLOCK)) -- 7.5 updates are 8
    near(0.5, s:at(8, CLOCK))
    local clock = { lr = 0.1, samples_per_step = 32, total_steps = 100 }
    s = schedule.warmup(320 * units.samples) .. schedule.constant(0.5)
    near(0.1, s:at(9, clock))
    near(0.5, s:at(10, clock))
  end)

  it("that never begin do not disturb the ones before", function()
    local s = schedule.warmup(200 * steps) .. schedule.cosine {}
    near(0.05, s:at(99, CLOCK))
    near(0, s:at(500, CLOCK))
  end)
end)

describe("a product", function()
  it("is a b / base", function()
    local s = schedule.warmup(10 * steps) * schedule.step { every = 20 * steps }
    near(0.05, s:at(4, CLOCK))
    near(0.01, s:at(25, CLOCK))
  end)

  it("with a number scales, from either side", function()
    near(0.05, (0.5 * schedule.constant()):at(3, CLOCK))
    near(0.05, (schedule.constant() * 0.5):at(3, CLOCK))
  end)

  it("lasts as long as the longer one when it is a phase", function()
    local s = schedule.warmup(10 * steps) * schedule.hold(20 * steps) .. schedule.constant(0.7)
    near(0.1, s:at(19, CLOCK))
    near(0.7, s:at(20, CLOCK))
  end)
end)

describe("a function", function()
  it("sees the clock of its phase", function()
    local seen
    local s = schedule.warmup(10 * steps) .. schedule.fn(function(t)
      seen = { step = t.step, epoch = t.epoch, progress = t.progress, lr = t.lr }
      return t.lr * 0.99 ^ t.epoch
    end)
    near(0.05, s:at(4, CLOCK))
    assert.is_nil(seen)
    near(0.1 * 0.99 ^ 2, s:at(35, CLOCK))
    assert.same({ step = 25, epoch = 2, progress = 25 / 90, lr = 0.1 }, seen)
  end)

  it("gets the metrics of the last validation in a run", function()
    local s = schedule.fn(function(t) return t.metrics.val_loss or 0.5 end)
    local box = compile.new(s, CLOCK)
    assert.is_true(compile.needs_feed(box))
    compile.feed(box, 0)
    near(0.5, box:at(0))
    compile.feed(box, 1, { val_loss = 0.25 })
    near(0.25, box:at(1))
  end)

  it("is named with its line when it fails or gives no number", function()
    local s = schedule.fn(function() error "oops" end)
    local _, message = pcall(s.at, s, 3, CLOCK)
    assert.truthy(message:find(
      "^tests/spec/schedule/phases_spec.lua:%d+: schedule.fn: its function failed .*oops"), message)
    s = schedule.fn(function() return "fast" end)
    assert.error_matches(function() s:at(3, CLOCK) end, "returned 'fast' at step 3")
    s = schedule.fn(function() return 0 / 0 end)
    assert.error_matches(function() s:at(3, CLOCK) end, "returned NaN at step 3")
  end)
end)

describe("plateau", function()
  local function run(s, losses, total)
    local box = compile.new(s, { lr = 1, steps_per_epoch = 1, total_steps = total or 1000 })
    local rates = {}
    for i, loss in ipairs(losses) do
      rates[i] = box:at(i - 1)
      box:observe({ val_loss = loss, val_accuracy = loss }, i)
    end
    rates[#losses + 1] = box:at(#losses)
    return rates, box
  end
  local function flat(n, value)
    local out = {}
    for i = 1, n do
      out[i] = value or 1
    end
    return out
  end
  local function cuts(s, losses)
    local rates, at = run(s, losses), {}
    for i = 2, #rates do
      if rates[i] < rates[i - 1] then
        at[#at + 1] = i - 2 -- the 0-based validation that made it
      end
    end
    return at
  end

  it("cuts at the patience-th bad validation", function()
    assert.same({ 2, 4, 6 }, cuts(schedule.plateau { patience = 2 }, flat(7)))
    assert.same({ 1, 2, 3 }, cuts(schedule.plateau { patience = 1 }, flat(4)))
    assert.same({ 1, 2, 3 }, cuts(schedule.plateau { patience = 0 }, flat(4)))
  end)

  it("ignores the validations of its cooldown", function()
    assert.same({ 2, 5, 8 }, cuts(schedule.plateau { patience = 2, cooldown = 1 }, flat(9)))
  end)

  it("is right for negative metrics", function()
    assert.same({}, cuts(schedule.plateau { patience = 2 }, { -1, -2, -3, -4, -5, -6 }))
    assert.same({ 2, 4 }, cuts(schedule.plateau { patience = 2 }, { -5, -4, -3, -2, -1 }))
  end)

  it("counts NaN and too small gains as bad", function()
    local nan = 0 / 0
    assert.same({ 2 }, cuts(schedule.plateau { patience = 2 }, { 1, nan, nan, 0.5 }))
    assert.same({ 1 }, cuts(schedule.plateau { patience = 2 }, { nan, nan, 0.5 }))
    assert.same({ 2 }, cuts(schedule.plateau { patience = 2 }, { 1, 1 - 5e-5, 1 - 9e-5 }))
    assert.same({ 2 }, cuts(schedule.plateau { patience = 2, min_delta = .1 }, { 1, .95, .91 }))
  end)

  it("follows the metric's name, or the mode", function()
    assert.same({}, cuts(schedule.plateau { "val_accuracy", patience = 2 }, { .1, .2, .3, .4 }))
    assert.same({ 2 }, cuts(schedule.plateau { "val_accuracy", patience = 2 }, { .3, .2, .3 }))
  end)

  it("stops at its lowest rate, and never raises it", function()
    local rates = run(schedule.plateau { patience = 1, min = 0.05 }, flat(6))
    near(0.05, rates[#rates])
    rates = run(schedule.plateau { patience = 1, min = 5 }, flat(6))
    near(1, rates[#rates])
  end)

  it("counts only while its phase is active", function()
    local s = schedule.warmup(5 * steps) .. schedule.plateau { patience = 2 }
    assert.same({ 7, 9 }, cuts(s, flat(10)))
    s = schedule.plateau { patience = 2, length = 3 * steps } .. schedule.constant(0.5)
    local rates = run(s, flat(20))
    near(0.5, rates[4])
    near(0.5, rates[20])
  end)

  it("goes on from its saved numbers", function()
    local s = schedule.warmup(2 * steps) .. schedule.plateau { patience = 3, cooldown = 1 }
    for cut = 1, 11 do
      local losses = { 3, 2, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1 }
      local whole = run(s, losses)
      local first, rest = {}, {}
      table.move(losses, 1, cut, 1, first)
      table.move(losses, cut + 1, #losses, 1, rest)
      local _, box = run(s, first)
      local clock = { lr = 1, steps_per_epoch = 1, total_steps = 1000 }
      local again = compile.new(s, clock)
      again:load(box:save())
      for i, loss in ipairs(rest) do
        again:observe({ val_loss = loss }, cut + i)
        assert.equal(whole[cut + i + 1], again:at(cut + i))
      end
    end
  end)
end)

describe("a hold that a metric ends", function()
  local function after(s, losses)
    local box = compile.new(s, { lr = 1, steps_per_epoch = 10, total_steps = 200 })
    for i, loss in ipairs(losses) do
      box:observe({ val_loss = loss }, i * 10)
    end
    return box
  end

  it("gives the next phase its start and the rest of the run", function()
    local s = schedule.hold { ends = stop.plateau { patience = 2 } } .. schedule.linear {}
    local box = after(s, { 3, 2, 2 })
    near(1, box:at(150))
    box:observe({ val_loss = 2 }, 40)
    near(1, box:at(39))
    near(1, box:at(40))
    near(0.5, box:at(120))
    near(0, box:at(200))
    assert.equal(40, compile.phases(box)[2].first)
  end)

  it("is over at its length if nothing ended it before", function()
    local s = schedule.hold { 5, ends = stop.plateau { patience = 2 } } .. schedule.constant(.3)
    local box = after(s, { 5, 4, 3, 2, 1 })
    near(1, box:at(49))
    near(.3, box:at(50))
    box = after(s, { 5, 5, 5 })
    near(.3, box:at(30))
  end)

  it("counts from its own start, in a chain of them", function()
    local function phase(value)
      return schedule.hold { value = value, ends = stop.plateau { patience = 1 } }
    end
    local s = phase(1) .. phase(.5) .. schedule.constant(.25)
    local box = after(s, { 2, 2 })
    near(.5, box:at(20))
    box:observe({ val_loss = 2 }, 30) -- the second phase's first value: its best
    near(.5, box:at(30))
    box:observe({ val_loss = 2 }, 40)
    near(.25, box:at(40))
    near(1, box:at(19))
    near(.5, box:at(39))
  end)

  it("tells which metrics it needs", function()
    local s = schedule.hold { ends = stop.any { stop.plateau { patience = 2 },
      stop.threshold { "val_accuracy", above = .9 } } } .. schedule.plateau { "train_loss" }
    assert.same({ "val_loss", "val_accuracy", "train_loss" },
      compile.new(s, CLOCK):monitors())
  end)

  it("goes on from its saved numbers", function()
    local s = schedule.hold { ends = stop.plateau { patience = 2 } } .. schedule.constant(.3)
    local box = after(s, { 3, 3 })
    local again = compile.new(s, { lr = 1, steps_per_epoch = 10, total_steps = 200 })
    again:load(box:save())
    again:observe({ val_loss = 3 }, 30)
    near(.3, again:at(30))
  end)
end)

describe("a warmup of no length", function()
  local RUN = { lr = 0.1, steps_per_epoch = 10, total_steps = 40, samples_per_step = 4 }

  local function same(want, got)
    for t = 0, 60 do
      assert.equal(want:at(t, RUN), got:at(t, RUN), "update " .. t)
    end
  end

  it("is as if it were not there, in any unit", function()
    for _, none in ipairs { 0, "0 steps", "0 percent", 0 * units.samples } do
      same(schedule.cosine(), schedule.warmup(none) .. schedule.cosine())
      same(schedule.linear(), schedule.warmup { none, from = 0.05, shape = "cosine" }
        .. schedule.linear())
    end
  end)

  it("may stand anywhere", function()
    same(schedule.constant { length = 1 } .. schedule.linear(),
      schedule.constant { length = 1 } .. schedule.warmup(0) .. schedule.linear())
    same(0.5 * schedule.linear(), 0.5 * (schedule.warmup(0) .. schedule.linear()))
    same(schedule.linear(), 0.5 * schedule.warmup(0) .. schedule.linear())
    same(schedule.constant(), schedule.warmup(0))
    same(schedule.constant(), schedule.warmup { 0, by = "epoch" })
    same(schedule.linear { length = 2 } .. schedule.constant(),
      schedule.linear { length = 2 } .. schedule.warmup(0))
    same(schedule.warmup(1) .. schedule.fn(function(t) return t.step end),
      schedule.warmup(0) .. schedule.warmup(1) .. schedule.fn(function(t) return t.step end))
  end)

  it("is no phase of the run", function()
    local phases = compile.phases(compile.new(schedule.warmup(0) .. schedule.cosine(), RUN))
    assert.equal(1, #phases)
    assert.equal("schedule.cosine", phases[1].value.kind)
    assert.equal(0, phases[1].first)
    assert.equal(40, phases[1].length)
  end)
end)

describe("one_cycle without max", function()
  it("rises to the optimizer's lr", function()
    local clock = { lr = 0.3, steps_per_epoch = 10, total_steps = 40 }
    for _, o in ipairs { {}, { anneal = "linear", div = 10 }, { three_phase = true } } do
      local given = { max = 0.3 }
      for key, item in pairs(o) do
        given[key] = item
      end
      local want, got = schedule.one_cycle(given), schedule.one_cycle(o)
      for t = 0, 45 do
        assert.equal(want:at(t, clock), got:at(t, clock))
      end
    end
  end)

  it("has to have one where there is no lr", function()
    assert.error_matches(function()
      schedule.one_cycle():at(0, { steps_per_epoch = 10, total_steps = 40 })
    end, "schedule.one_cycle: 'max' is missing: here is no optimizer's lr to take for it")
  end)
end)
