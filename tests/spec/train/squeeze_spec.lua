-- Squeezed runs: a share of the updates under the same curve of rates.
local compile = require "lrrun.schedule.compile"
local data = require "lrrun.data"
local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local prepare = require "lrrun.train.prepare"
local program = require "support.program"
local recipe = require "lrrun.recipe"
local schedule = require "lrrun.schedule"
local stop = require "lrrun.stop"
local subject = require "lrrun.advise.subject"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local epochs, steps, percent, samples = units.epochs, units.steps, units.percent, units.samples

local function make(changes)
  local keys = {
    data = data.blobs { n = 200, classes = 3, batch = 16, val = 0.2 }, model = nn.linear(3),
    optimizer = optim.sgd { lr = 0.1 }, epochs = 12,
  }
  for key, item in pairs(changes or {}) do
    keys[key] = item
  end
  return recipe.new(keys)
end

local SHARE, TOTAL = 4, 1200

local function box_of(value, pace)
  return compile.new(value, { lr = 0.1, steps_per_epoch = 60, total_steps = TOTAL * (pace or 1),
    samples_per_step = 16, samples_per_epoch = 960, pace = pace })
end

local function fn(t)
  return t.lr * (1 + t.epoch) / (1 + t.step) * t.progress
end

-- Schedules of all kinds whose kinks fall on whole updates of the squeezed run.
local CURVES = {
  schedule.constant(), schedule.linear(), schedule.polynomial { power = 2, to = 0.01 },
  schedule.cosine { min = 1e-3 }, schedule.cosine_restarts { 200 * steps, mult = 2, height = 0.5 },
  schedule.step { every = 3 * epochs }, schedule.step { factor = 0.5, every = 7 * steps },
  schedule.exponential { rate = 0.9 }, schedule.exponential { rate = 0.99, every = 1 * steps },
  schedule.inverse_time { rate = 0.3, every = 2 * steps },
  schedule.inverse_sqrt { warmup = 80 * steps }, schedule.wsd { warmup = 10 * percent,
    decay = 20 * percent }, schedule.one_cycle { max = 0.3 },
  schedule.multistep { at = { 400 * steps, 75 * percent } },
  schedule.cyclic { min = 0.01, max = 0.1, step_size = 100 * steps, mode = "triangular2" },
  schedule.cyclic { min = 0.01, max = 0.1, step_size = 100 * steps, mode = "exp_range",
    gamma = 0.999 },
  schedule.warmup(2 * epochs) .. schedule.cosine {},
  schedule.warmup(3840 * samples) .. schedule.hold(50 * percent) .. schedule.linear(),
  schedule.step { every = 2 * epochs, by = "epoch" }, schedule.exponential { rate = 0.9,
    by = "epoch" }, 0.5 * schedule.cosine {}, schedule.rex {},
  schedule.power { a = 0.05, tokens = 4, warmup = 80 * steps, decay = 20 * percent },
  schedule.infinite { 80 * steps, 25 * percent, 15 * percent, shape = "inverse_sqrt" },
  schedule.wsd { decay = 30 * percent, shape = "square" },
  schedule.wsd { decay = 30 * percent, shape = "lowered_linear" },
  schedule.cosine {} * schedule.step { every = 5 * epochs },
}

local function figures_of(result)
  return { result.digest, result.best.val_loss, result.steps }
end

describe("a squeezed run", function()
  it("has at each share of its length a rate that the whole run has there", function()
    for i, value in ipairs(CURVES) do
      local whole, squeezed = box_of(value), box_of(value, 1 / SHARE)
      for t = 0, TOTAL // SHARE - 1 do
        local low, high = math.huge, -math.huge
        for u = SHARE * t, SHARE * t + SHARE - 1 do
          low, high = math.min(low, whole:at(u)), math.max(high, whole:at(u))
        end
        local x = squeezed:at(t)
        assert(x >= low - 1e-9 and x <= high + 1e-9, ("curve %d, update %d: %g is not within %g "
          .. "and %g"):format(i, t, x, low, high))
      end
    end
  end)

  it("asks a function of one's own as the whole run would", function()
    local whole, squeezed = box_of(schedule.fn(fn)), box_of(schedule.fn(fn), 1 / SHARE)
    for t = 0, TOTAL // SHARE - 1, 7 do
      compile.feed(whole, SHARE * t)
      compile.feed(squeezed, t)
      assert.near(whole:at(SHARE * t), squeezed:at(t), 1e-12)
    end
  end)

  it("does not drift where a time is less than an update", function()
    local value = schedule.exponential { rate = 0.5, every = 3 * steps }
    assert.near(box_of(value):at(600), box_of(value, 1 / 10):at(60), 1e-12)
    assert.near(box_of(value):at(60), box_of(value, 1 / 10):at(6), 1e-12)
  end)

  it("is the run itself where its share is 1", function()
    local r = make()
    local whole = train.fit(r, { record = false, quiet = true })
    local one = train.fit(make { squeeze = 1 }, { record = false, quiet = true })
    local measured = subject.measure(r, { lr = 0.1, share = 1, seed = 0 })
    assert.same(figures_of(whole), figures_of(one))
    assert.equal(whole.digest, measured.digest)
    assert.equal(whole.best.val_loss, measured.loss)
    assert.equal(1, measured.cost)
  end)

  it("sees the batches of the whole run in their order, from its weights", function()
    -- Without a schedule its updates are the first ones of the whole run.
    local whole = train.fit(make { epochs = 3 }, { record = false, quiet = true })
    local part = train.fit(make { squeeze = 0.25 }, { record = false, quiet = true })
    assert.equal(30, whole.steps)
    assert.equal(30, part.steps)
    assert.equal(whole.digest, part.digest)
  end)

  it("is evaluated at most ten times, at equal shares and at its end", function()
    local seen = {}
    local run <close> = prepare.run(make { squeeze = 0.5, epochs = 100 }, {})
    assert.equal(500, run.clock.total_steps)
    for i = 1, 10 do
      seen[i] = run:evaluated_at(i)
    end
    assert.same({ 50, 100, 150, 200, 250, 300, 350, 400, 450, 500 }, seen)
    local short <close> = prepare.run(make { squeeze = 0.05 }, {})
    assert.equal(6, short.clock.total_steps)
    assert.equal(1, short.every)
  end)

  it("has as many evaluations as the whole run where something counts them", function()
    for _, changes in ipairs {
      { stop = stop.early { patience = 5 } },
      { schedule = schedule.plateau { patience = 3 } },
      { schedule = schedule.hold { ends = stop.plateau { patience = 3 } } .. schedule.linear() },
      { optimizer = optim.sgd { lr = 0.1, momentum = 0.5 * schedule.fn(function()
        return 1
      end) } },
      { on = { epoch = function() end } },
    } do
      changes.squeeze, changes.epochs = 0.37, 40
      local run <close> = prepare.run(make(changes), {})
      assert.equal(148, run.clock.total_steps)
      assert.equal(40, run:nth(148))
      for step = 1, 148 do -- evaluations are counted as they come
        local nth = run:nth(step)
        assert.equal(step == run:evaluated_at(nth) and nth or nth - 1, run:evaluations(step))
      end
    end
  end)

  it("squeezes averages of the weights and limits of time with it", function()
    local whole = train.fit(make { ema = 0.99, epochs = 3 }, { record = false, quiet = true })
    local part = train.fit(make { ema = 0.99 ^ 0.25, squeeze = 0.25 },
      { record = false, quiet = true })
    assert.near(whole.best.val_loss, part.best.val_loss, 1e-6)
  end)

  it("goes on exactly where it was stopped", function()
    local folder = files.folder()
    files.write(folder, "r.lua", [[
return recipe { data = data.blobs { n = 200, classes = 3, batch = 16, val = 0.2 },
  model = nn.linear(3), optimizer = optim.adam { lr = 0.05 }, epochs = 30,
  schedule = schedule.warmup(2*epochs) .. schedule.cosine(), stop = stop.early { patience = 8 } }
]])
    local code, out, err = program.run(("verify-resume %s/r.lua --set squeeze=0.37 --out %s/runs")
      :format(folder, folder))
    assert.equal("", err)
    assert.equal(0, code, out)
    assert.matches("same to the last bit", out)
  end)
end)
