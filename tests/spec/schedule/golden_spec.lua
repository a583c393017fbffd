-- The golden table of the schedules: base 0.1, 100 updates, and PyTorch's own loops.
local schedule = require "lrrun.schedule"
local units = require "lrrun.util.units"

local steps, epochs = units.steps, units.epochs
local CLOCK = { lr = 0.1, steps_per_epoch = 1, total_steps = 100 }

local function near(want, got, rtol, what)
  local ok = math.abs(want - got) <= math.max((rtol or 1e-9) * math.abs(want), 1e-12)
  assert(ok, ("%s: want %.12g, got %.12g"):format(what or "", want, got))
end

local AT = { 0, 1, 9, 10, 50, 99, 100, 110 }
local TABLE = {
  ["step 30"] = { schedule.step { every = 30 * steps },
    { .1, .1, .1, .1, .01, 1e-4, 1e-4, 1e-4 } },
  ["multistep"] = { schedule.multistep { at = { 50 * steps, 75 * steps } },
    { .1, .1, .1, .1, .01, .001, .001, .001 } },
  ["exponential"] = { schedule.exponential { rate = .95 },
    { .1, .095, .0630249, .0598737, .0076945, 6.23214e-4, 5.92053e-4, 3.54484e-4 } },
  ["inverse_time"] = { schedule.inverse_time { rate = .1 },
    { .1, .0909091, .0526316, .05, .0166667, .00917431, .00909091, .00833333 } },
  ["cosine"] = { schedule.cosine {},
    { .1, .0999753, .0980147, .0975528, .05, 2.4672e-5, 0, 0 } },
  ["warmup and cosine"] = { schedule.warmup(10 * steps) .. schedule.cosine {},
    { .01, .02, .1, .1, .0586824, 3.04586e-5, 0, 0 } },
  ["restarts"] = { schedule.cosine_restarts { length = 10 * steps, mult = 2 },
    { .1, .0975528, .00244717, .1, .05, .070933, .0691342, .05 } },
  ["one_cycle"] = { schedule.one_cycle { max = .1 },
    { .004, .00428138, .025063, .0295164, .0793893, 4e-7, 4e-7, 4e-7 } },
  ["triangular"] = { schedule.cyclic { min = .01, max = .1, step_size = 20 * steps },
    { .01, .0145, .0505, .055, .055, .0955, .1, .055 } },
  ["triangular2"] = {
    schedule.cyclic { min = .01, max = .1, step_size = 20 * steps, mode = "triangular2" },
    { .01, .0145, .0505, .055, .0325, .031375, .0325, .02125 } },
  ["wsd"] = { schedule.wsd { warmup = 10 * steps, decay = 20 * steps },
    { .01, .02, .1, .1, .1, .00253206, 0, 0 } },
  ["inverse_sqrt"] = { schedule.inverse_sqrt { warmup = 10 * steps },
    { .01, .02, .1, .1, .0447214, .0317821, .0316228, .0301511 } },
}

-- Forms whose values other specs of this folder know, or that have none of their own.
local ELSEWHERE = { constant = true, linear = true, polynomial = true, hold = true, rex = true,
  power = true, infinite = true, plateau = true, fn = true }

describe("the golden table", function()
  it("has every form that there is", function()
    local has = {}
    for _, row in pairs(TABLE) do
      for _, value in ipairs(row[1].opts.phases or { row[1] }) do
        has[value.kind:match "[^.]+$"] = true
      end
    end
    for name in pairs(schedule) do
      assert.is_true(ELSEWHERE[name] or has[name], name)
    end
  end)

  for name, row in pairs(TABLE) do
    it("agrees for " .. name, function()
      for i, t in ipairs(AT) do
        near(row[2][i], row[1]:at(t, CLOCK), 3e-6, name .. " at " .. t)
      end
    end)
  end
end)

-- OneCycleLR.get_lr of PyTorch 1.13, phases as there.
local function pytorch_one_cycle(t, total, o)
  local phases
  local init, min = o.max / o.div, o.max / o.div / o.final_div
  if o.three_phase then
    phases = { { o.warmup * total - 1, init, o.max }, { 2 * o.warmup * total - 2, o.max, init },
      { total - 1, init, min } }
  else
    phases = { { o.warmup * total - 1, init, o.max }, { total - 1, o.max, min } }
  end
  local start = 0
  for i, phase in ipairs(phases) do
    if t <= phase[1] or i == #phases then
      local p = (t - start) / (phase[1] - start)
      if o.anneal == "linear" then
        return (phase[3] - phase[2]) * p + phase[2]
      end
      return phase[3] + (phase[2] - phase[3]) / 2 * (1 + math.cos(math.pi * p))
    end
    start = phase[1]
  end
end

describe("one_cycle", function()
  for _, total in ipairs { 2, 3, 7, 10, 33, 100, 1001 } do
    for _, anneal in ipairs { "linear", "cosine" } do
      for _, three in ipairs { false, true } do
        it(("is PyTorch's for %d updates, %s, %d phases"):format(total, anneal, three and 3 or 2),
          function()
            for _, warmup in ipairs { 0.1, 0.25, 0.3, 0.4 } do
              local o = { max = 0.4, warmup = warmup, div = 20, final_div = 100,
                anneal = anneal, three_phase = three, length = total * steps }
              local s = schedule.one_cycle(o)
              for t = 0, total - 1 do
                local want = pytorch_one_cycle(t, total, o)
                if want == want then -- a phase without width is 0/0 there
                  near(want, s:at(t, CLOCK), 1e-9, ("pct %g t %d"):format(warmup, t))
                end
              end
              near(s:at(total - 1, CLOCK), s:at(total + 50, CLOCK), 1e-12)
            end
          end)
      end
    end
  end

  it("is finite and within its rates however short it is", function()
    for total = 1, 6 do
      for _, warmup in ipairs { 0, 0.2, 0.5, 1 } do
        for _, three in ipairs { false, true } do
          local s = schedule.one_cycle { max = 1, length = total * steps, warmup = warmup,
            three_phase = three }
          for t = 0, total + 1 do
            local v = s:at(t, CLOCK)
            assert(v >= 0 and v <= 1, ("%g at %d of %d"):format(v, t, total))
          end
        end
      end
    end
  end)
end)

-- CyclicLR.get_lr of PyTorch, one update at a time.
describe("cyclic", function()
  for _, mode in ipairs { "triangular", "triangular2", "exp_range" } do
    it("is PyTorch's in mode " .. mode .. " with unequal halves", function()
      local up, down, gamma = 7, 12, mode == "exp_range" and 0.98 or 1
      local s = schedule.cyclic { min = .01, max = .1, step_size = up * steps,
        step_size_down = down * steps, mode = mode, gamma = gamma }
      for t = 0, 80 do
        local cycle = math.floor(1 + t / (up + down))
        local x = 1 + t / (up + down) - cycle
        local ratio = up / (up + down)
        local scale = x <= ratio and x / ratio or (x - 1) / (ratio - 1)
        local k = mode == "triangular" and 1 or mode == "triangular2" and 1 / 2 ^ (cycle - 1)
          or gamma ^ t
        near(.01 + .09 * scale * k, s:at(t, CLOCK), 1e-9, "t " .. t)
      end
    end)
  end
end)

describe("PyTorch's forms", function()
  it("restarts with any whole or broken mult where PyTorch would", function()
    for _, mult in ipairs { 1, 1.5, 2, 3 } do
      local s = schedule.cosine { length = 8 * steps, min = .01, after = "restart", mult = mult }
      local from, length = 0, 8
      for t = 0, 300 do
        while t >= from + length do
          from, length = from + length, length * mult
        end
        local want = .01 + .09 * (1 + math.cos(math.pi * (t - from) / length)) / 2
        near(want, s:at(t, CLOCK), 1e-9, ("mult %g t %d"):format(mult, t))
      end
    end
  end)

  it("lowers each restart by height", function()
    local s = schedule.cosine_restarts { length = 10 * steps, height = 0.5 }
    near(.1, s:at(0, CLOCK))
    near(.05, s:at(10, CLOCK))
    near(.025, s:at(20, CLOCK))
  end)

  it("MultiStepLR counts a repeated milestone twice, in any order", function()
    local s = schedule.multistep { at = { 5 * steps, 3 * steps, 5 * steps }, factor = 0.5 }
    near(.1, s:at(2, CLOCK))
    near(.05, s:at(3, CLOCK))
    near(.0125, s:at(5, CLOCK))
  end)

  it("PolynomialLR of power 0.5 and 1 and 3", function()
    for _, power in ipairs { 0.5, 1, 3 } do
      local s = schedule.polynomial { power = power, length = 20 * steps }
      for t = 0, 25 do
        near(.1 * (1 - math.min(t, 20) / 20) ^ power, s:at(t, CLOCK))
      end
    end
  end)

  it("ConstantLR is a constant, then another", function()
    local s = schedule.constant { value = 0.1 / 3, length = 5 * steps } .. schedule.constant {}
    near(0.1 / 3, s:at(4, CLOCK))
    near(0.1, s:at(5, CLOCK))
  end)

  it("SequentialLR with three schedules on clocks of their own", function()
    local s = schedule.constant { value = .05, length = 4 * steps }
      .. schedule.step { factor = .5, every = 3 * steps, length = 6 * steps }
      .. schedule.exponential { rate = .9, every = 1 * steps }
    near(.05, s:at(3, CLOCK))
    near(.1, s:at(4, CLOCK))
    near(.05, s:at(7, CLOCK))
    near(.1, s:at(10, CLOCK))
    near(.1 * .9 ^ 20, s:at(30, CLOCK))
  end)

  it("multistep with values is piecewise constant", function()
    local s = schedule.multistep { at = { 3 * steps, 6 * steps }, values = { .3, .2, .1 } }
    for t, want in pairs { [0] = .3, [2] = .3, [3] = .2, [5] = .2, [6] = .1, [99] = .1 } do
      near(want, s:at(t, CLOCK))
    end
  end)
end)

describe("the formulas by epoch", function()
  local clock = { lr = 0.1, steps_per_epoch = 7, total_steps = 70 }
  local function by_epoch(s, f)
    for t = 0, 69 do
      near(f(t // 7), s:at(t, clock), 1e-9, "t " .. t)
    end
  end

  it("hold through each epoch", function()
    by_epoch(schedule.step { factor = .5, every = 3 * epochs, by = "epoch" },
      function(e) return .1 * .5 ^ (e // 3) end)
    by_epoch(schedule.exponential { rate = .96, by = "epoch" }, function(e) return .1 * .96 ^ e end)
    by_epoch(schedule.inverse_time { rate = .5, by = "epoch" },
      function(e) return .1 / (1 + .5 * e) end)
    by_epoch(schedule.polynomial { power = 2, by = "epoch" },
      function(e) return .1 * (1 - e / 10) ^ 2 end)
    by_epoch(schedule.linear { by = "epoch" }, function(e) return .1 * (1 - e / 10) end)
    by_epoch(schedule.cosine { min = .01, by = "epoch" },
      function(e) return .01 + .045 * (1 + math.cos(math.pi * e / 10)) end)
    by_epoch(schedule.warmup { 5 * epochs, by = "epoch" },
      function(e) return .1 * math.min(1, (e + 1) / 5) end)
    by_epoch(schedule.multistep { at = { 2 * epochs, 5 * epochs }, by = "epoch" },
      function(e) return .1 * .1 ^ ((e >= 2 and 1 or 0) + (e >= 5 and 1 or 0)) end)
    by_epoch(schedule.cyclic { min = 0, max = 1, step_size = 2 * epochs, by = "epoch" },
      function(e) return ({ [0] = 0, .5, 1, .5 })[e % 4] end)
    by_epoch(schedule.one_cycle { max = .1, by = "epoch" }, function(e)
      return pytorch_one_cycle(e, 10, { max = .1, warmup = .3, div = 25, final_div = 1e4 })
    end)
  end)

  it("count epochs from the start of their phase", function()
    local s = schedule.warmup(3 * steps) .. schedule.exponential { rate = .5, by = "epoch" }
    near(.1, s:at(3, clock))
    near(.1, s:at(9, clock))
    near(.05, s:at(10, clock))
  end)
end)
