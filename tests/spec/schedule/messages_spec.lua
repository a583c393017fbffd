-- What a wrong schedule says, and what `plan` warns of.
local compile = require "lrrun.schedule.compile"
local schedule = require "lrrun.schedule"
local schedule_check = require "lrrun.schedule.check"
local stop = require "lrrun.stop"
local units = require "lrrun.util.units"

local steps = units.steps
local CLOCK = { lr = 0.1, steps_per_epoch = 10, total_steps = 100 }

local function fails(pattern, f)
  local ok, message = pcall(f)
  assert(not ok, "no error")
  assert(message:find("messages_spec.lua:%d+: .*" .. pattern), message)
end

describe("a wrong schedule", function()
  it("names the key and the nearest known one", function()
    fails("schedule.cosine: unknown key 'mn'; did you mean 'min'%?", function()
      schedule.cosine { mn = 1 }
    end)
  end)

  it("names a missing key, a wrong type, and a value out of range", function()
    fails("schedule.step: 'every' is missing", function() schedule.step { 0.1 } end)
    fails("schedule.warmup: 'length' is missing", function() schedule.warmup {} end)
    fails("schedule.cosine: 'min' is 'low'", function() schedule.cosine { min = "low" } end)
    fails("schedule.cosine: 'min' is %-1", function() schedule.cosine { min = -1 } end)
    fails("schedule.cosine: 'min' is NaN", function() schedule.cosine { min = 0 / 0 } end)
    fails("schedule.cosine: 'min' is infinite", function()
      schedule.cosine { min = math.huge }
    end)
    fails("schedule.cosine: 'length' is", function() schedule.cosine { length = 0 } end)
    fails("schedule.cosine: 'after' is 'bounce'", function()
      schedule.cosine { after = "bounce" }
    end)
    fails("schedule.plateau: 'factor'", function() schedule.plateau { factor = 1 } end)
  end)

  it("refuses keys that would have no effect", function()
    fails("'mult' needs after = 'restart'", function()
      schedule.cosine { mult = 2 }
    end)
    fails("'gamma' needs mode = 'exp_range'", function()
      schedule.cyclic { 0, 1, 2, gamma = 0.9 }
    end)
    fails("schedule.constant: unknown key 'by'", function() schedule.constant { by = "epoch" } end)
  end)

  it("asks for the mode of a metric whose name does not tell it", function()
    fails("schedule.plateau: 'mode' is missing: the name 'f1'", function()
      schedule.plateau { "f1" }
    end)
    schedule.plateau { "f1", mode = "max" }
  end)

  it("names a phase without length that is not the last", function()
    fails("phase 1 of 2, cosine, has no length", function()
      return schedule.cosine {} .. schedule.constant()
    end)
    fails("cosine{min=0.1}, has no length", function()
      return schedule.warmup(1) .. schedule.cosine { min = .1 } .. schedule.constant()
    end)
  end)

  it("joins and multiplies only schedules", function()
    fails("a .. b runs schedule b after schedule a, got schedule.constant .. 5", function()
      return schedule.constant() .. 5
    end)
    fails("got schedule.constant %* 'x'", function() return schedule.constant() * "x" end)
    fails("schedule.scale: 'factor' is %-1", function() return -1 * schedule.constant() end)
  end)

  it("checks multistep's lists against each other", function()
    fails("'values' has 1 rates, want 2", function()
      schedule.multistep { at = { 1 }, values = { 0.1 } }
    end)
    fails("both given", function()
      schedule.multistep { at = { 1 }, values = { 0.1, 0.2 }, factor = 0.5 }
    end)
    fails("'at' goes back", function()
      schedule.multistep { at = { 2, 1 }, values = { 0.1, 0.2, 0.3 } }:at(0, CLOCK)
    end)
  end)

  it("wants absolute values where there is no base rate", function()
    local clock = { steps_per_epoch = 10, total_steps = 100 }
    fails("schedule.exponential starts from the optimizer's lr", function()
      schedule.exponential(0.9):at(0, clock)
    end)
    fails("schedule.cosine: 'max' is missing: here is no optimizer's lr", function()
      schedule.cosine {}:at(0, clock)
    end)
    assert.equal(0.9, schedule.linear { 0.9, 0.5 }:at(0, clock))
    assert.equal(0.9, schedule.hold { 1, value = 0.9 }:at(0, clock))
  end)

  it("says what the clock lacks", function()
    fails("the clock's steps_per_epoch", function()
      schedule.warmup(1):at(0, { lr = 1, total_steps = 5 })
    end)
    fails("'length' is missing, and the clock has no total_steps", function()
      schedule.cosine {}:at(0, { lr = 1 })
    end)
    fails("10 percent needs the clock's total_steps", function()
      schedule.warmup(10 * units.percent):at(0, { lr = 1 })
    end)
    fails("5 samples needs the clock's samples_per_step", function()
      schedule.warmup(5 * units.samples):at(0, { lr = 1, steps_per_epoch = 1 })
    end)
    fails("the clock has an unknown key 'total'; did you mean 'total_steps'%?", function()
      schedule.constant():at(0, { lr = 1, total = 5 })
    end)
    fails("the clock's lr is NaN", function() schedule.constant():at(0, { lr = 0 / 0 }) end)
    fails("the clock's total_steps is 0, want a number above 0", function()
      schedule.constant():at(0, { lr = 1, total_steps = 0 })
    end)
    fails("the clock is nil", function() schedule.constant():at(0) end)
    fails("wants a step, 0 or more, got %-1", function() schedule.constant():at(-1, CLOCK) end)
    fails("wants a step, 0 or more, got 0.5", function() schedule.constant():at(0.5, CLOCK) end)
  end)

  it("takes no stop rule but as the end of a hold", function()
    fails("schedule.hold: 'ends' is schedule.constant, want stop", function()
      schedule.hold { ends = schedule.constant() }
    end)
    schedule.hold { ends = stop.time "1 min" }
  end)
end)

describe("a schedule as one line of text", function()
  it("begins with its name", function()
    for text, value in pairs {
      ["fn{f=function}"] = schedule.fn(math.sin), ["constant"] = schedule.constant {},
      ["plateau{patience=2}"] = schedule.plateau { patience = 2 },
      ["cosine{min=0.1}"] = schedule.cosine { min = 0.1 },
    } do
      assert.equal(text, tostring(value))
    end
  end)
end)

describe("a check against the run", function()
  local function warns(pattern, s, clock)
    local warnings = schedule_check.warnings(s, clock or CLOCK)
    for _, text in ipairs(warnings) do
      if text:find(pattern) then
        return
      end
    end
    error(("no warning '%s' in: %s"):format(pattern, table.concat(warnings, " | ")), 2)
  end

  it("finds nothing in good ones", function()
    for _, s in ipairs {
      schedule.warmup(10 * steps) .. schedule.cosine {}, schedule.one_cycle(0.1),
      schedule.step { every = 3 }, schedule.cosine_restarts(2), schedule.constant(),
      schedule.cyclic(0.01, 0.1, 2), schedule.wsd { 1, 2 }, schedule.linear {},
      schedule.hold { ends = stop.plateau { patience = 2 } } .. schedule.cosine {},
      schedule.warmup(1) * schedule.cosine {}, schedule.fn(function() return 1 end),
    } do
      assert.same({}, schedule_check.warnings(s, CLOCK), tostring(s))
    end
  end)

  it("finds a start at 0", function()
    warns("update 0 has rate 0", schedule.linear { from = 0, to = 0.1 })
  end)

  it("finds what the run is too short for", function()
    warns("never reaches its peak: 0.1 comes at update 199", schedule.warmup(20))
    warns("outlives the run: it ends at update 200", schedule.warmup(20))
    warns("phase 2, cosine, never begins: it would at update 200",
      schedule.warmup(20) .. schedule.cosine {})
    warns("outlives", schedule.one_cycle { 0.1, length = 20 })
    warns("never reaches its peak", schedule.cyclic(0.01, 0.1, 20))
    warns("never reaches its peak", schedule.inverse_sqrt(20))
  end)

  it("finds a lowest rate above the highest", function()
    warns("cyclic.* has min = 0.1, which is above max = 0.01: are they the wrong way round%?",
      schedule.cyclic(0.1, 0.01, 2))
    warns("has min = 0.5, which is above the optimizer's lr = 0.1", schedule.cosine { min = 0.5 })
    assert.same({}, schedule_check.warnings(schedule.cyclic(0.1, 0.1, 2), CLOCK))
  end)

  it("finds a cycle that never comes round", function()
    warns("phase 1, cosine_restarts{length=2 epochs}, is over after its first cycle",
      schedule.cosine_restarts(2) .. schedule.constant())
  end)

  it("finds a curve that rises after its end", function()
    warns("rises after its end", schedule.cosine { length = 5, after = "mirror" })
  end)

  it("finds the bounds of a curve", function()
    local s = schedule.warmup(10 * steps) .. schedule.cosine { min = 0.002 }
    local low, high = schedule_check.bounds(compile.new(s, CLOCK), 100)
    assert.is_true(low > 0.002 and low < 0.003)
    assert.equal(0.1, high)
    s = schedule.fn(function() return 1 end)
    assert.is_nil(schedule_check.bounds(compile.new(s, CLOCK), 100))
  end)
end)
