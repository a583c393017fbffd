-- rex, power, infinite, more shapes of wsd, momentum beside one_cycle: against their closed forms,
-- each written out here from its source.
local check = require "lrrun.schedule.check"
local momentum = require "lrrun.schedule.momentum_cycle"
local schedule = require "lrrun.schedule"
local transfer = require "lrrun.schedule.transfer"
local units = require "lrrun.util.units"

local steps, epochs, percent = units.steps, units.epochs, units.percent
local CLOCK = { lr = 0.1, steps_per_epoch = 10, total_steps = 100, samples_per_step = 32 }

local function follows(value, f, clock, last)
  for t = 0, last or 120 do
    local want, got = f(t), value:at(t, clock or CLOCK)
    assert(math.abs(want - got) <= 1e-12 * math.max(1, math.abs(want)),
      ("update %d: want %.17g, got %.17g"):format(t, want, got))
  end
end

describe("schedule.rex", function()
  it("is the article's formula, with a floor, and holds at its end", function()
    -- Chen et al. 2021, arXiv 2107.04197: eta (1 - z) / (1/2 + 1/2 (1 - z)), z = t / T.
    follows(schedule.rex {}, function(t)
      local z = math.min(t / 100, 1)
      return 0.1 * (1 - z) / (0.5 + 0.5 * (1 - z))
    end)
    follows(schedule.rex { max = 0.5, min = 0.1, length = 40 * steps }, function(t)
      local z = math.min(t / 40, 1)
      return 0.1 + 0.4 * (1 - z) / (0.5 + 0.5 * (1 - z))
    end)
  end)

  it("goes by whole epochs where asked", function()
    follows(schedule.rex { by = "epoch" }, function(t)
      local z = math.min(t // 10 / 10, 1)
      return 0.1 * (1 - z) / (1 - z / 2)
    end)
  end)
end)

describe("schedule.power", function()
  -- Shen et al. 2024, arXiv 2408.13359: min(eta_max, beta a n^b), beta the batch size, n tokens.
  local function law(t, o)
    local n = 32 * (o.tokens or 1) * (t + 1)
    return math.min(o.max or 0.1, 32 * (o.a or 4.6) * n ^ (o.b or -0.51))
  end

  it("is the article's law of the tokens seen, and falls at its end", function()
    for _, o in ipairs { {}, { a = 0.05 }, { a = 0.01, b = -0.3, tokens = 64 },
      { a = 0.02, max = 0.03 } } do
      follows(schedule.power(o), function(t)
        if t <= 90 then
          return law(t, o)
        end
        return law(90, o) * 100 ^ -math.min((t - 90) / 10, 1)
      end)
    end
  end)

  it("warms up to what the law gives", function()
    local o = { a = 0.01, tokens = 8 }
    follows(schedule.power { a = 0.01, tokens = 8, warmup = 20 * steps, decay = 0, },
      function(t)
        return t < 19 and law(19, o) * (t + 1) / 20 or law(math.min(t, 100), o)
      end)
  end)

  it("has the same rate after as many tokens in a run of another length", function()
    local value = schedule.power { a = 0.02, tokens = 16, decay = 0 }
    local longer = { lr = 0.1, steps_per_epoch = 10, total_steps = 1000, samples_per_step = 32 }
    for t = 0, 90, 7 do
      assert.equal(value:at(t, CLOCK), value:at(t, longer))
    end
  end)

  it("says what it needs", function()
    local ok, why = pcall(schedule.power {}.at, schedule.power {}, 0,
      { lr = 0.1, total_steps = 10, steps_per_epoch = 5 })
    assert.is_false(ok)
    assert.matches("schedule.power: needs the clock's samples_per_step", tostring(why))
    ok, why = pcall(schedule.power, { b = 0.5 })
    assert.is_false(ok)
    assert.matches("'b' is 0.5, want", tostring(why))
  end)
end)

describe("schedule.infinite", function()
  -- Ibrahim et al. 2024, arXiv 2403.08763, section 7.3.
  local function article(t, o)
    if t < o.warmup then
      return o.max * (t + 1) / o.warmup
    elseif t < o.warmup + o.cooldown then
      local x = (t - o.warmup) / o.cooldown
      if o.h then
        return o.max + (o.constant - o.max) / o.h(1) * o.h(x)
      end
      return o.constant + (o.max - o.constant) / 2 * (1 + math.cos(math.pi * x))
    elseif t < o.total - o.decay then
      return o.constant
    end
    local x = math.min((t - (o.total - o.decay)) / o.decay, 1)
    return o.decay > 0 and o.constant * (o.min / o.constant) ^ x or o.constant
  end

  it("is the article's four parts, along half a cosine", function()
    follows(schedule.infinite { 10 * steps, 30 * steps, 20 * steps, constant = 0.04, min = 0.002 },
      function(t)
        return article(t, { warmup = 10, cooldown = 30, decay = 20, total = 100, max = 0.1,
          constant = 0.04, min = 0.002 })
      end)
  end)

  it("cools down along an inverse square root where asked", function()
    for _, s in ipairs { 1, 10, 100 } do
      follows(schedule.infinite { warmup = 5 * steps, cooldown = 2 * epochs, max = 0.3,
        shape = "inverse_sqrt", steepness = s, constant = 0.1 }, function(t)
        return article(t, { warmup = 5, cooldown = 20, decay = 0, total = 100, max = 0.3,
          constant = 0.1, h = function(x) return 1 / math.sqrt(1 + s * x) - 1 end })
      end)
    end
  end)

  it("stays at half its highest rate and ends at a tenth of that where nothing else is said",
    function()
      local value = schedule.infinite { cooldown = 10 * percent, decay = 10 * percent }
      assert.equal(0.1, value:at(0, CLOCK))
      assert.near(0.05, value:at(50, CLOCK), 1e-15)
      assert.near(0.005, value:at(100, CLOCK), 1e-15)
    end)

  it("has the same rates in a longer run until the end is near", function()
    local value = schedule.infinite { 10 * steps, 30 * steps, 20 * steps }
    local longer = { lr = 0.1, steps_per_epoch = 10, total_steps = 500 }
    for t = 0, 79 do
      assert.equal(value:at(t, CLOCK), value:at(t, longer))
    end
  end)

  it("takes steepness where there is one alone", function()
    local ok, why = pcall(schedule.infinite, { cooldown = 1, steepness = 3 })
    assert.is_false(ok)
    assert.matches("'steepness' needs shape = 'inverse_sqrt'", tostring(why))
  end)
end)

describe("schedule.wsd", function()
  -- Dremov et al. 2025, arXiv 2508.01483; cosine and sqrt: Haegele et al. 2024.
  local SHAPES = {
    sqrt = function(p) return 1 - math.sqrt(p) end,
    linear = function(p) return 1 - p end,
    cosine = function(p) return (1 + math.cos(math.pi * p)) / 2 end,
    square = function(p) return 1 - p ^ 2 end,
    lowered_linear = function(p) return 0.7 * (1 - p) end,
  }
  for shape, f in pairs(SHAPES) do
    it("falls in the shape " .. shape, function()
      follows(schedule.wsd { warmup = 10 * steps, decay = 40 * steps, min = 0.01, shape = shape },
        function(t)
          if t < 10 then
            return 0.1 * (t + 1) / 10
          elseif t < 60 then
            return 0.1
          end
          return t >= 100 and 0.01 or 0.01 + 0.09 * f((t - 60) / 40)
        end)
    end)
  end
end)

describe("the momentum beside one_cycle", function()
  -- PyTorch's OneCycleLR: momentum goes from high to low while the rate goes up, and back.
  local function pytorch(t, o)
    local ends = { o.warmup * 100 - 1, 99 }
    local values = { o.high, o.low, o.high }
    if o.three_phase then
      ends = { o.warmup * 100 - 1, 2 * o.warmup * 100 - 2, 99 }
      values = { o.high, o.low, o.high, o.high }
    end
    local start, i = 0, 1
    t = math.min(t, 99)
    while i < #ends and t > ends[i] do
      start, i = ends[i], i + 1
    end
    local p, a, b = (t - start) / (ends[i] - start), values[i], values[i + 1]
    if o.anneal == "linear" then
      return a + (b - a) * p
    end
    return b + (a - b) / 2 * (1 + math.cos(math.pi * p))
  end

  it("is PyTorch's", function()
    for _, anneal in ipairs { "cosine", "linear" } do
      for _, three_phase in ipairs { false, true } do
        local o = { low = 0.85, high = 0.95, warmup = 0.3, anneal = anneal,
          three_phase = three_phase }
        follows(momentum(o), function(t)
          return pytorch(t, o)
        end, { steps_per_epoch = 10, total_steps = 100 })
      end
    end
  end)

  it("is two numbers, the lower one first", function()
    for _, row in ipairs { { { 0.9 }, "has 1 item" }, { { 0.95, 0.85 }, "the higher one first" },
      { { 0.5, 1 }, "item 2 is 1" } } do
      local ok, why = pcall(schedule.one_cycle, { momentum = row[1] })
      assert.is_false(ok)
      assert.matches(row[2], tostring(why))
    end
  end)
end)

describe("the best rate by a schedule's shape", function()
  it("is known for these, too", function()
    local linear = transfer.of_schedule(schedule.linear {}, CLOCK).factor
    for _, row in ipairs {
      { schedule.rex {}, 0.8, 1 },
      { schedule.infinite { cooldown = 30 * percent, decay = 10 * percent }, 0.3, 1 },
      { schedule.power { a = 0.01 }, 0.3, 3 },
      { schedule.wsd { decay = 20 * percent, shape = "square" }, 0.4, 0.6 },
      { schedule.wsd { decay = 20 * percent, shape = "lowered_linear" }, 0.4, 0.7 } } do
      local found = transfer.of_schedule(row[1], CLOCK).factor / linear
      assert(found > row[2] and found < row[3], ("%s: %g"):format(row[1], found))
    end
  end)
end)

describe("by = 'epoch'", function()
  local clock = { lr = 1, steps_per_epoch = 10, total_steps = 60 }
  local function warnings(value)
    return table.concat(check.warnings(value, clock), "\n")
  end

  it("after a warmup in steps says that it changes in mid-epoch", function()
    local said = warnings(schedule.warmup(5 * steps) .. schedule.step { every = 2 * epochs,
      factor = 0.1, by = "epoch" })
    assert.matches("by = 'epoch' counts whole epochs from its own start, update 5, and so changes "
      .. "in mid%-epoch, 5 of 10 updates after", said)
    assert.matches("mid%-epoch", warnings(schedule.warmup(15 * steps)
      .. 0.5 * schedule.cosine { by = "epoch" }))
  end)

  it("says nothing where the phase begins with an epoch", function()
    for _, value in ipairs { schedule.warmup(20 * steps) .. schedule.cosine { by = "epoch" },
      schedule.warmup(2 * epochs) .. schedule.linear { by = "epoch" }, schedule.linear {
        by = "epoch" }, schedule.warmup(5 * steps) .. schedule.linear {},
      schedule.warmup(0) .. schedule.linear { by = "epoch" } } do
      assert.is_nil(warnings(value):find("mid-epoch", 1, true))
    end
  end)
end)
