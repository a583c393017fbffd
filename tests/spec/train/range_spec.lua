-- The learning-rate range test: what it suggests, and that it leaves no trace.
local data = require "lrrun.data"
local json = require "lrrun.record.json"
local resolve = require "lrrun.recipe.resolve"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local plot = require "lrrun.record.plot"
local prepare = require "lrrun.train.prepare"
local program = require "support.program"
local range = require "lrrun.range"
local recipe = require("lrrun.recipe").new
local schedule = require "lrrun.schedule"
local suggest = require "lrrun.range.suggest"
local svg = require "lrrun.record.svg"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local function digits(changes)
  local keys = {
    name = "r", seed = 3, epochs = 2, optimizer = optim.adam { lr = 1e-3 },
    data = data.digits { batch = 32, val = 0.2, limit = 640 },
    model = nn.sequential { nn.linear(32), nn.batchnorm(), nn.relu(), nn.dropout(0.1),
      nn.linear(10) },
    schedule = schedule.cosine {},
  }
  for key, item in pairs(changes or {}) do
    keys[key] = item
  end
  return recipe(keys)
end

-- A fall, a valley and a steep rise over 100 rates from 1e-7 to 10, with ripples.
local function curve(ripple)
  local points = {}
  for i = 0, 99 do
    local loss = 2.3 - 1.6 / (1 + math.exp(-(i - 55) / 6)) + ripple * ((i * 37) % 11 - 5) / 5
      + (i < 80 and 0 or 0.02 * (i - 80) ^ 2)
    points[i + 1] = { lr = 1e-7 * 1e8 ^ (i / 99), loss = loss, smoothed = loss }
  end
  return points
end

local function near(want, got)
  assert.is_true(math.abs(got - want) <= 1e-6 * want, ("want %.9g, got %.9g"):format(want, got))
end

describe("suggestions of a range test", function()
  it("are those of fastai's four methods, with slopes against log lr", function()
    -- From a program that follows fastai's source, fed with the same points.
    local WANT = {
      [0] = { 0.000298364724, 0.000911162756, 0.0291505306, 0.0027825594 },
      [0.02] = { 0.00335160265, 2.36448941e-06, 0.0291505306, 0.0023101297 },
      [0.05] = { 0.0102353102, 2.36448941e-06, 0.0291505306, 0.0023101297 },
    }
    for ripple, want in pairs(WANT) do
      local got = suggest.all(curve(ripple), 100)
      for i, name in ipairs(suggest.methods) do
        near(want[i], got[name])
      end
    end
  end)

  it("agree on their median in log lr", function()
    near(1e-3, suggest.median { 1e-1, 1e-5, 1e-3 })
    near(1e-2, suggest.median { 1e-3, 1, 1e-5, 1e-1 })
    near(0.02, suggest.consensus { valley = 0.02, slide = 1e-5, minimum = 3, steep = 0.02 })
  end)

  it("are refused with a reason for too few points or a loss that never falls", function()
    local points = curve(0)
    local got, why = suggest.all(table.move(points, 1, 26, 1, {}), 100)
    assert.is_nil(got)
    assert.matches("26 points are too few", why)
    assert.matches("lower 'from'", why)
    assert.is_table(suggest.all(table.move(points, 41, 67, 1, {}), 100))
    assert.is_nil((suggest.all({}, 100)))
    for _, point in ipairs(points) do
      point.smoothed = 2.3
    end
    got, why = suggest.all(points, 100)
    assert.is_nil(got)
    assert.matches("never falls between", why)
  end)
end)

describe("train.range", function()
  it("rises exponentially from 1e-7 to 10 in 100 updates and smooths without bias", function()
    local result = train.range(digits())
    local points = result.points
    assert.is_true(#points > 60 and #points <= 100)
    local mean, power = 0, 1
    for i, point in ipairs(points) do
      near(1e-7 * 1e8 ^ ((i - 1) / 99), point.lr)
      mean, power = 0.98 * mean + 0.02 * point.loss, power * 0.98
      near(mean / (1 - power), point.smoothed)
    end
    for _, name in ipairs(suggest.methods) do
      assert.is_true(result.suggestions[name] > 1e-7 and result.suggestions[name] < 10)
    end
    near(suggest.consensus(result.suggestions), result.suggestion)
    assert.is_true(result.suggestion > 1e-4 and result.suggestion < 1)
  end)

  it("sweeps linearly, and between other ends", function()
    local points = train.range(digits(), { from = 0.01, to = 0.2, n = 20, shape = "linear" }).points
    assert.equal(20, #points)
    for i, point in ipairs(points) do
      near(0.01 + 0.19 * (i - 1) / 19, point.lr)
    end
  end)

  it("ends where the loss is no longer finite or 4 times the best", function()
    local result = train.range(digits { optimizer = optim.sgd { lr = 0.1 } }, { to = 1e6 })
    local last, best = result.points[#result.points], math.huge
    for i = 1, #result.points - 1 do
      best = math.min(best, result.points[i].smoothed)
    end
    assert.is_true(result.ended == "grew" and last.smoothed > 4 * best
      or result.ended == "not finite")
  end)

  it("leaves no trace: a fit afterwards has the digest of a fit without it", function()
    local r = digits { on = { step = function() end } }
    local plain = train.fit(r, { record = false, quiet = true }).digest
    train.range(r, { seeds = 2 })
    assert.equal(plain, train.fit(r, { record = false, quiet = true }).digest)
    train.range(r)
    train.range(digits { seed = 9 })
    assert.equal(plain, train.fit(digits(), { record = false, quiet = true }).digest)
  end)

  it("closes what it trained, whether it found a rate or not", function()
    local real, made = prepare.run, {}
    finally(function()
      prepare.run = real
    end)
    prepare.run = function(...) -- luacheck: ignore 122
      made[#made + 1] = real(...)
      return made[#made]
    end
    train.range(digits(), { seeds = 2 })
    assert.is_false((pcall(train.range, digits(), { from = 1e-30, to = 1e-29 })))
    assert.equal(3, #made)
    for _, run in ipairs(made) do
      assert.is_nil(run.session)
    end
  end)

  it("puts a session back in the middle of an epoch", function()
    local function losses(swept, plain)
      local r = digits {
        optimizer = optim.adam { lr = 1e-3, betas = { schedule.linear { from = 0.8, to = 0.9 },
          0.999 }, groups = { { match = "bias", lr = 3e-4 } } },
        schedule = not plain and schedule.cosine {} or schedule.constant {},
      }
      local run = prepare.run(resolve.for_run(r), {})
      local out = {}
      for i = 1, 30 do
        if swept and i == 13 then
          local points = range.sweep(run, { from = 1e-6, to = 0.1, n = 50, shape = "exponential" })
          assert.equal(50, #points)
        end
        out[i] = run.session:step()
      end
      return out
    end
    assert.same(losses(false), losses(true))
    assert.same(losses(false, true), losses(true, true))
  end)

  it("keeps the ratio of groups' rates", function()
    local run = prepare.run(digits {
      optimizer = optim.sgd { lr = 0.1, groups = { { match = "bias", lr = 0.01 } } },
      schedule = schedule.constant {},
    }, {})
    local ratio = 0
    range.sweep(run, { from = 1e-6, to = 1e-2, n = 20, shape = "exponential" }, function()
      ratio = run.optimizer.native:get(2, "lr") / run.optimizer.native:get(1, "lr")
    end)
    near(0.1, ratio)
  end)

  it("takes other seeds for weights and order, and shows how far they lie apart", function()
    local result = train.range(digits(), { seeds = 3 })
    assert.equal(3, #result.tests)
    assert.same({ 3, 4, 5 }, { result.tests[1].seed, result.tests[2].seed, result.tests[3].seed })
    assert.are_not.equal(result.tests[1].points[1].loss, result.tests[2].points[1].loss)
    assert.is_true(result.spread.min <= result.spread.max)
    assert.equal(train.range(digits()).points[50].loss, result.points[50].loss)
    local valleys = {}
    for i, each in ipairs(result.tests) do
      valleys[i] = each.suggestions.valley
    end
    near(suggest.median(valleys), result.suggestions.valley)
  end)

  it("works with any schedule of lr, accumulation, averages and schedules of numbers", function()
    local base = digits().opts
    for _, keys in ipairs {
      { optimizer = optim.adam { lr = schedule.one_cycle { max = 1e-2 } } },
      { optimizer = base.optimizer, accumulate = 3, ema = 0.99, clip = { norm = 5 } },
      { optimizer = optim.sgd { lr = 0.1, momentum = schedule.fn(function(t)
        return 0.5 + 0.4 * t.progress
      end) } },
      { optimizer = base.optimizer,
        schedule = schedule.warmup(1 * units.epochs) .. schedule.plateau { monitor = "val_loss" } },
    } do
      keys.data, keys.model, keys.epochs = base.data, base.model, 1
      assert.is_number(train.range(recipe(keys)).suggestion)
    end
  end)

  it("says clearly what it cannot do", function()
    local function message(...)
      local ok, why = pcall(train.range, ...)
      assert.is_false(ok)
      return why
    end
    assert.matches("train%.range: want a recipe", message(5))
    assert.matches("unknown key 'seed'; did you mean 'seeds'", message(digits(), { seed = 2 }))
    assert.matches("'n' is 5, want an integer from 20", message(digits(), { n = 5 }))
    assert.matches("'from' is 2, want less than 'to' %(1%)",
      message(digits(), { from = 2, to = 1 }))
    assert.matches("optim%.rprop finds a step size for each weight",
      message(digits { optimizer = optim.rprop {} }))
    assert.matches("too few to suggest", message(digits { optimizer = optim.sgd { lr = 1 } },
      { from = 1e4, to = 1e12 }))
    assert.matches("never falls", message(digits(), { from = 1e-12, to = 1e-11 }))
  end)
end)

describe("lr = 'auto'", function()
  it("finds the rate first, trains with it and records it", function()
    local r = digits { optimizer = optim.adam { lr = "auto" } }
    local want = train.range(r).suggestion
    local result = train.fit(r, { record = false, quiet = true })
    assert.equal(want, result.range.suggestion)
    local same = train.fit(digits { optimizer = optim.adam { lr = want } },
      { record = false, quiet = true })
    assert.equal(same.digest, result.digest)
  end)

  it("is refused where there is no recipe to test", function()
    local ok, why = pcall(function()
      optim.adam { lr = "auto" }:bind {}
    end)
    assert.is_false(ok)
    assert.matches("'auto' works in a recipe alone", why)
    ok, why = pcall(optim.adam, { lr = "automatic" })
    assert.is_false(ok)
    assert.matches("did you mean 'auto'", why)
  end)

  it("resumes, evaluates and plans with the rate that was found", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[
      return recipe { data = data.digits { val = 0.2, limit = 400 }, epochs = 1,
        model = nn.linear(10), optimizer = optim.adam { lr = "auto" } }]])
    local flags = ("--out %s/runs --json"):format(folder)
    local code, out, err = program.run(("%s/r.lua %s"):format(folder, flags))
    assert.equal(0, code, err)
    assert.matches("range test: lr = ", err)
    local result = json.decode(out)
    local _, again = program.run(("resume %s --json"):format(result.run))
    assert.equal(result.digest, json.decode(again).digest)
    code, out, err = program.run(("eval %s --json"):format(result.run))
    assert.equal(0, code, err)
    assert.is_true(json.decode(out).accuracy > 0.3)
    code, _, err = program.run(("plan %s/r.lua %s"):format(folder, flags))
    assert.equal(0, code)
    assert.matches("a range test finds it", err)
  end)
end)

describe("lrrun range", function()
  it("prints the curve and writes it as SVG, CSV and JSON in one folder", function()
    local folder = program.folder(finally)
    local code, out, err = program.run(("range recipes/quickstart.lua --seeds 2 --json --out "
      .. "%s/runs"):format(folder))
    assert.equal(0, code, err)
    local result = json.decode(out)
    assert.equal(2, #result.tests)
    assert.matches("suggestion", err)
    assert.equal("quickstart-range-1", result.run:match "[^/]+$")
    for _, name in ipairs { "curve.svg", "curve.csv", "range.json", "recipe.lua" } do
      local file <close> = assert(io.open(result.run .. "/" .. name))
      assert.is_true(#file:read "a" > 100)
    end
    local listing <close> = io.popen("ls " .. folder .. "/runs")
    assert.equal("quickstart-range-1\n", listing:read "a")
    for _, key in ipairs { "lr", "loss", "smoothed" } do
      assert.is_number(result.points[1][key])
    end
  end)

  it("draws in ASCII where the terminal shows no Unicode", function()
    local folder = program.folder(finally)
    local words = "range recipes/quickstart.lua --out " .. folder
    local code, out = program.run(words, "LC_ALL=C")
    assert.equal(0, code)
    assert.is_nil(out:find "[\128-\255]")
    assert.matches("%*%*", out)
    code, out = program.run(words, "LC_ALL=C.UTF-8 TERM=xterm")
    assert.equal(0, code)
    assert.matches("⠉", out)
  end)

  it("names the flag that is wrong", function()
    for flags, says in pairs {
      ["--points 5"] = "--points is 5, want 20 to 100000",
      ["--seeds 2000"] = "--seeds is 2000, want at most 1000",
      ["--from 1 --to 0.1"] = "--from is 1, want less than --to (0.1)",
      ["--from 20"] = "--from is 20, want less than --to (10)",
    } do
      local code, _, err = program.run("range recipes/quickstart.lua " .. flags)
      assert.equal(2, code)
      assert.truthy(err:find(says, 1, true), err)
    end
  end)

  it("needs a recipe", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", "print(1)")
    local code, _, err = program.run(("range %s/r.lua --out %s"):format(folder, folder))
    assert.equal(1, code)
    assert.matches("returned nothing, want recipe", err)
  end)
end)

describe("plots", function()
  it("keep to their size for any curve", function()
    for _, ys in ipairs { { 1, 1, 1 }, { 0, 5, 1e30 }, { 3, 2, 1 } } do
      for _, unicode in ipairs { true, false } do
        local lines = plot.curve({ 1, 10, 100 }, ys, { width = 50, height = 5, unicode = unicode,
          log_x = true, mark = 10 })
        assert.equal(7, #lines)
        for _, line in ipairs(lines) do
          assert.is_true(utf8.len(line) <= 50)
        end
      end
    end
  end)

  it("are SVG without anything that XML cannot hold", function()
    local text = svg.chart {
      title = "a<b & \"c\"\0", log_x = true, log_y = true,
      series = { { name = "x", x = { 0, 1, 10 }, y = { 1, 0 / 0, math.huge } },
        { x = {}, y = {} } },
      marks = { { x = 3, text = "<" } },
    }
    assert.matches("^<svg.*</svg>\n$", text)
    assert.is_nil(text:find "nan")
    assert.is_nil(text:find "inf")
    assert.is_nil(text:find "%z")
    assert.matches("a&lt;b &amp; &quot;c&quot;", text)
  end)
end)
