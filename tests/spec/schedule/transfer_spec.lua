-- The best rate of a schedule relative to a linear decay's, from its shape.
local recorded = require "lrrun.schedule.recorded"
local plain = require "lrrun.recipe.plain"
local schedule = require "lrrun.schedule"
local stop = require "lrrun.stop"
local transfer = require "lrrun.schedule.transfer"
local units = require "lrrun.util.units"

local steps, percent, epochs = units.steps, units.percent, units.epochs

local function clock_of(total)
  return { lr = 0.01, steps_per_epoch = 45, total_steps = total }
end

local function near(want, got, share)
  assert.is_true(math.abs(got - want) <= share * want, ("want %.6g, got %.6g"):format(want, got))
end

-- The bound's A and C by their definition, every update by itself.
local function optimum(h)
  local s, q, total = {}, {}, #h
  s[total + 1], q[total + 1] = 0, 0
  for k = total, 1, -1 do
    s[k], q[k] = s[k + 1] + h[k], q[k + 1] + h[k] ^ 2
  end
  local sum = 0
  for k = 1, total - 1 do
    sum = sum + h[k] * q[k] / (s[k + 1] * s[k])
  end
  local a, c = 1 / (2 * s[1]), q[1] / (2 * s[1]) + sum / 2
  return math.sqrt(a / c), math.sqrt(a * c)
end

describe("the transfer of a rate between schedules", function()
  it("has the values of theory for 675 updates", function()
    -- Schaipp et al. 2025, the bound of each shape over linear's, with 20 updates of warmup.
    local warmup = schedule.warmup(20 * steps)
    local linear = transfer.of_schedule(warmup .. schedule.linear {}, clock_of(675))
    for _, row in ipairs {
      { 1.00, 1.00, schedule.linear {} }, { 0.97, 1.03, schedule.cosine {} },
      { 0.87, 1.05, schedule.cosine { min = 0.001 } },
      { 0.36, 1.42, schedule.constant {} },
      { 0.55, 1.07, schedule.wsd { decay = 20 * percent } },
      { 0.52, 1.09, schedule.wsd { decay = 20 * percent, shape = "linear" } },
      { 1.01, 1.32, schedule.multistep { at = { 33.3 * percent, 66.7 * percent }, factor = 0.1 } },
    } do
      local found = transfer.of_schedule(warmup .. row[3], clock_of(675))
      near(row[1], found.factor / linear.factor, 0.03)
      near(row[2], found.bound / linear.bound, 0.02)
      near(0.01, found.peak, 1e-9)
    end
    near(0.3535, transfer.of_schedule(nil, clock_of(675)).factor, 1e-3)
  end)

  it("is that of the definition, whether updates are taken one by one or in pieces", function()
    for _, total in ipairs { 2, 7, 300, 5000 } do
      for _, shape in ipairs {
        function() return 1 end,
        function(p) return (1 + math.cos(math.pi * p)) / 2 end,
        function(p) return 1 / (1 + 20 * p) end,
      } do
        local h, linear = {}, {}
        for t = 0, total - 1 do
          h[t + 1], linear[t + 1] = shape(t / total), 1 - t / total
        end
        local best, bound = optimum(h)
        local best_of_linear, bound_of_linear = optimum(linear)
        local found = transfer.of(function(t)
          return 0.3 * h[t + 1]
        end, total)
        near(best / best_of_linear, found.factor, 5e-3)
        near(bound / bound_of_linear, found.bound, 5e-3)
      end
    end
  end)

  it("leaves out what a schedule spends at 0, in front and at the end", function()
    local function of(front, behind)
      return transfer.of(function(t)
        return t >= front and t < 100 - behind and 1 or 0
      end, 100).factor
    end
    near(of(0, 0), of(0, 0), 1e-12)
    assert.is_true(of(0, 50) > 1.3 * of(0, 0)) -- half as many updates: a larger rate
    near(of(0, 50), of(50, 0), 1e-9)
  end)

  it("does not depend on an end that moves nothing", function()
    for _, total in ipairs { 16, 80, 160, 1600 } do
      local cycle = transfer.of_schedule(schedule.one_cycle { max = 0.1 }, clock_of(total))
      near(0.91, cycle.factor, 0.05)
      near(1.1, cycle.bound, 0.15)
    end
    local at_0 = transfer.of_schedule(schedule.linear { to = 0, length = 80 * steps },
      clock_of(100))
    local above = transfer.of_schedule(schedule.linear { to = 1e-9, length = 80 * steps },
      clock_of(100))
    near(at_0.factor, above.factor, 1e-6)
  end)

  it("is quick for a million updates", function()
    local calls = 0
    transfer.of(function()
      calls = calls + 1
      return 1
    end, 1000000)
    assert.is_true(calls < 20000)
  end)

  it("is nil where a metric or a function decides, and where there is no rate", function()
    local clock = clock_of(90)
    assert.is_nil(transfer.of_schedule(schedule.plateau { monitor = "val_loss" }, clock))
    assert.is_nil(transfer.of_schedule(schedule.hold {
      ends = stop.plateau { monitor = "val_loss", patience = 2 } } .. schedule.cosine {}, clock))
    assert.is_nil(transfer.of_schedule(schedule.fn(function() return 1 end), clock))
    for _, value in ipairs { 0, -1, 0 / 0, math.huge } do
      assert.is_nil(transfer.of(function() return value end, 10))
    end
    assert.is_nil(transfer.of(function() return nil end, 10))
  end)
end)

describe("a schedule from a run's record", function()
  it("is that of the run", function()
    local clock = clock_of(180)
    for _, value in ipairs {
      schedule.warmup(1 * epochs) .. 0.5 * schedule.wsd { decay = 20 * percent },
      schedule.cosine {} * schedule.step { factor = 0.5, every = 10 * steps },
      schedule.multistep { at = { 1 * epochs, 2 * epochs }, values = { 0.1, 0.01, 0.001 } },
      schedule.one_cycle { max = 0.1 },
    } do
      local again = recorded(plain(value))
      for t = 0, 179, 17 do
        assert.equal(value:at(t, clock), again:at(t, clock))
      end
    end
  end)

  it("is nil for what is none", function()
    for _, t in ipairs { {}, { kind = 5 }, { kind = "optim.adam" }, { kind = "schedule.no" },
      { kind = "schedule.cosine", no = 1 }, { kind = "schedule.fn", f = "function" },
      { kind = "stop.time" }, "x" } do
      assert.is_nil(recorded(t))
    end
    assert.is_nil(recorded(nil))
    local deep = { kind = "schedule.scale", factor = 2 }
    deep.of = deep
    assert.is_nil(recorded(deep))
  end)
end)
