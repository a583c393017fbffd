-- The learning-rate range test: what it suggests, and that it leaves no trace.
local chart = require "lrrun.page.chart"
local curve_of = require "lrrun.range.curve"
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

-- `count` rates from 1e-7 to 10, the loss that f gives of each's place from 0 to 99, and its
-- moving average.
local function points_of(f, count)
  local points, n = {}, count or 100
  local average = curve_of.average(8 / (n - 1))
  for i = 0, n - 1 do
    local lr, loss = 1e-7 * 1e8 ^ (i / (n - 1)), f(i * 99 / (n - 1))
    points[i + 1] = { lr = lr, loss = loss, smoothed = average(lr, loss) }
  end
  return points
end

-- A fall, a valley and a steep rise, with ripples.
local function curve(ripple, count)
  return points_of(function(i)
    return 2.3 - 1.6 / (1 + math.exp(-(i - 55) / 6))
      + ripple * (math.floor(i * 37) % 11 - 5) / 5 + (i < 80 and 0 or 0.02 * (i - 80) ^ 2)
  end, count)
end

local function near(want, got)
  assert.is_true(math.abs(got - want) <= 1e-6 * want, ("want %.9g, got %.9g"):format(want, got))
end

local function most_apart(a, b)
  return math.max(a / b, b / a)
end

describe("suggestions of a range test", function()
  it("are read off the trend and the moving average", function()
    -- From a program of its own that follows the definitions in README.md (NumPy).
    local WANT = {
      [0] = { 0.0843190929, 0.0376493581, 0.0890215085, 0.0178864953 },
      [0.02] = { 0.0843190929, 0.0376493581, 0.0890215085, 0.0215443469 },
      [0.05] = { 0.0843190929, 0.0376493581, 0.0890215085, 0.0215443469 },
    }
    for ripple, want in pairs(WANT) do
      local got = suggest.all(curve(ripple), 100)
      for i, name in ipairs(suggest.methods) do
        near(want[i], got.suggestions[name])
      end
      near(0.000247707636, got.bracket.low)
      near(0.890215085, got.bracket.high)
    end
  end)

  it("are no others for more points, or fewer", function()
    local want = suggest.consensus(suggest.all(curve(0.02), 100).suggestions)
    for _, count in ipairs { 50, 70, 200, 1000, 20000 } do
      local got = suggest.consensus(suggest.all(curve(0.02, count), count).suggestions)
      assert.is_true(most_apart(want, got) < 1.25, ("%d: %g, %g"):format(count, want, got))
    end
  end)

  it("never lie past the minimum, whatever the loss does after the blow-up", function()
    -- As loss spikes are: high, then falling to chance.
    local function spiked(i)
      return 2.3 - 1.6 / (1 + math.exp(-(i - 45) / 4)) + (i < 62 and 0
        or 40 * math.exp(-(i - 66) ^ 2 / 20) + 1.6)
    end
    local points = points_of(spiked)
    local got = suggest.all(points, 100)
    local least = 1
    for i, point in ipairs(points) do
      least = point.trend < points[least].trend and i or least
    end
    for _, name in ipairs(suggest.methods) do
      assert.is_true(got.suggestions[name] <= points[least].lr, name)
    end
    assert.is_number(suggest.consensus(got.suggestions))
    local count, top = curve_of.shown(points)
    assert.is_true(points[count].lr < 10 * points[least].lr and count > least)
    assert.is_true(top > points[1].trend and top < 4)
  end)

  it("agree on their median in log lr", function()
    near(1e-3, suggest.median { 1e-1, 1e-5, 1e-3 })
    near(1e-2, suggest.median { 1e-3, 1, 1e-5, 1e-1 })
    near(0.02, suggest.consensus { valley = 0.02, slide = 0.01, minimum = 0.08, steep = 0.02 })
  end)

  it("are none where methods differ tenfold, or fewer than two apply", function()
    local lr, why = suggest.consensus { valley = 0.02, slide = 1e-5, minimum = 3, steep = 0.02 }
    assert.is_nil(lr)
    assert.matches("differ by a factor of 300000 %(valley 0%.02, slide 1e%-05, minimum/10 3, steep",
      why)
    assert.is_number(suggest.consensus { valley = 0.01, slide = 0.0011 })
    lr, why = suggest.consensus { steep = 0.02 }
    assert.is_nil(lr)
    assert.matches("does not rise again", why)
  end)

  it("need a loss that rises again", function()
    local points = points_of(function(i)
      return 2.3 - 2.2 / (1 + math.exp(-(i - 55) / 6))
    end)
    local got = suggest.all(points, 100)
    assert.is_nil((suggest.consensus(got.suggestions)))
    near(10, got.bracket.high)
    assert.is_false(got.turns)
    -- A loss that is not finite any more has risen.
    got = suggest.all(table.move(points, 1, 75, 1, {}), 100)
    assert.is_number((suggest.consensus(got.suggestions)))
    assert.is_true(got.bracket.high <= points[75].lr)
  end)

  it("are refused with a reason for too few points or a loss that never falls", function()
    local points = curve(0)
    local got, why = suggest.all(table.move(points, 1, 26, 1, {}), 100)
    assert.is_nil(got.suggestions)
    assert.matches("26 points are too few", why)
    assert.matches("lower 'from'", why)
    assert.is_nil(suggest.all({}, 100).suggestions)
    got, why = suggest.all(points_of(function(i)
      return 2.3 + 0.1 * (math.floor(i * 37) % 11 - 5) / 5 + (i > 90 and 1 or 0)
    end), 100)
    assert.is_nil(got.suggestions)
    assert.is_false(got.moves)
    assert.matches("hardly moves within the sweep: it never falls between", why)
    near(1e-7, got.bracket.low)
    assert.is_true(got.bracket.high > 0.5 and got.bracket.high < 3)
  end)
end)

describe("train.range", function()
  it("rises exponentially from 1e-7 to 10 in 100 rates and smooths without bias", function()
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
    assert.is_true(result.bracket.low < result.suggestion)
    assert.is_true(result.bracket.high > result.suggestion)
  end)

  it("sweeps linearly, and between other ends", function()
    local points = train.range(digits(), { from = 0.01, to = 0.2, n = 20, shape = "linear" }).points
    assert.equal(20, #points)
    for i, point in ipairs(points) do
      near(0.01 + 0.19 * (i - 1) / 19, point.lr)
    end
  end)

  it("makes as many updates for each decade whatever the number of points", function()
    local function updates(o)
      local run <close>, count = prepare.run(digits(), {}), 0
      local session = run.session
      run.session = setmetatable({}, { __index = function(_, key)
        return function(_, ...)
          count = count + (key == "step" and 1 or 0)
          return session[key](session, ...)
        end
      end })
      local points = range.sweep(run, o)
      run.session = session
      for i = 2, #points do
        assert.is_true(points[i].lr > points[i - 1].lr)
      end
      near(o.from, points[1].lr)
      return #points, count
    end
    for _, shape in ipairs { "exponential", "linear" } do
      for n, want in pairs { [20] = 160, [50] = 150, [150] = 150, [600] = 600 } do
        local points, count = updates { from = 1e-5, to = 1e-2, n = n, shape = shape }
        assert.equal(n, points)
        assert.equal(want, count)
      end
    end
  end)

  it("suggests the same for other numbers of points, and other ends", function()
    local r = digits()
    local want = train.range(r).suggestion
    for _, o in ipairs { { n = 40 }, { n = 200 }, { n = 900 }, { from = 1e-5 }, { to = 1 } } do
      assert.is_true(most_apart(want, train.range(r, o).suggestion) < 2)
    end
  end)

  it("brackets by several short seeds, and says where nothing moves or blows up", function()
    local b = range.bracket(resolve.for_run(digits()), { seeds = 2 })
    assert.is_true(b.moves and b.turns)
    assert.is_true(b.low < b.suggestion and b.suggestion < b.high)
    assert.equal(2, #b.tests)
    b = range.bracket(resolve.for_run(digits()), { from = 1e-12, to = 1e-11 })
    assert.equal(3, #b.tests)
    assert.is_false(b.moves or b.turns)
    assert.same({ 1e-12, 1e-11 }, { b.low, b.high })
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
    assert.equal(3, result.spread.n)
  end)

  it("suggests less where the schedule keeps the rate high, by its shape", function()
    local decays = train.range(digits { epochs = 4 })
    assert.is_nil(decays.factor)
    for want, value in pairs { [0.39] = schedule.constant {},
      [0.53] = schedule.wsd { decay = 20 * units.percent } } do
      local keeps = train.range(digits { epochs = 4, schedule = value })
      assert.is_true(math.abs(keeps.factor - want) < 0.05, keeps.factor)
      near(decays.suggestion * keeps.factor, keeps.suggestion)
      near(decays.suggestions.slide * keeps.factor, keeps.suggestions.slide)
      assert.same(decays.bracket, keeps.bracket)
    end
    local plateau = digits { schedule = schedule.plateau { monitor = "val_loss" } }
    assert.is_nil(train.range(plateau).factor)
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
    for _, optimizer in ipairs { optim.rprop {}, optim.sam { base = optim.rprop {} } } do
      assert.matches("optim%.rprop finds a step size for each weight",
        message(digits { optimizer = optimizer }))
    end
    assert.matches("too few to suggest", message(digits { optimizer = optim.sgd { lr = 1 } },
      { from = 1e4, to = 1e12 }))
    assert.matches("hardly moves.*never falls.*lrrun advise",
      message(digits(), { from = 1e-12, to = 1e-11 }))
    assert.matches("falls from the first rate on, 0%.1: lower ones were not tried; a lower 'from'",
      message(digits(), { from = 0.1, to = 100 }))
    assert.matches("'to' is 1e%+200, and 'from' 1e%-200: too far apart",
      message(digits(), { from = 1e-200, to = 1e200 }))
  end)
end)

describe("lr = 'range'", function()
  it("finds the rate first, trains with it and records it", function()
    local want = train.range(digits()).suggestion
    local result = train.fit(digits { optimizer = optim.adam { lr = "range" } },
      { record = false, quiet = true })
    assert.equal(want, result.range.suggestion)
    local same = train.fit(digits { optimizer = optim.adam { lr = want } },
      { record = false, quiet = true })
    assert.equal(same.digest, result.digest)
  end)

  it("trains with no rate that the test itself doubts", function()
    -- So few samples that they are known by heart before the rate is too high.
    local r = digits {
      optimizer = optim.adam { lr = "range" }, schedule = schedule.constant {},
      data = data.blobs { n = 40, classes = 2, val = 0.2, batch = 8 },
      model = nn.sequential { nn.linear(8), nn.relu(), nn.linear(2) },
    }
    local found = train.range(r)
    assert.is_nil(found.suggestion)
    assert.is_string(found.doubt)
    local ok, why = pcall(train.fit, r, { record = false, quiet = true })
    assert.is_false(ok)
    assert.matches("optim%.adam: lr = 'range': the range test is in doubt: .*; the best rate lies "
      .. "between %S+ and %S+: lrrun advise finds it.*or set optimizer%.lr", why)
  end)

  it("is refused where the schedule's rates are the same whatever it is", function()
    for _, value in ipairs { schedule.one_cycle { max = 0.01 },
      schedule.fn(function() return 0.01 end) } do
      local r = digits { optimizer = optim.adam { lr = "range" }, schedule = value }
      local ok, why = pcall(train.fit, r, { record = false, quiet = true })
      assert.is_false(ok)
      assert.matches("lr = 'range' is the rate to schedule from, and the schedule has the same "
        .. "rates whatever it is: %l", why)
      assert.is_true(train.range(digits { schedule = value }).unused)
    end
    assert.is_nil(train.range(digits { schedule = schedule.cosine {} }).unused)
  end)

  it("is refused where there is no recipe to test", function()
    for _, word in ipairs { "auto", "range" } do
      local ok, why = pcall(function()
        optim.adam { lr = word }:bind {}
      end)
      assert.is_false(ok)
      assert.matches(("'%s' works in a recipe alone"):format(word), why)
    end
    local ok, why = pcall(optim.adam, { lr = "automatic" })
    assert.is_false(ok)
    assert.matches("did you mean 'auto'", why)
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

  it("have arrows where the curve goes on above them, and only there", function()
    local cut = plot.curve({ 1, 10, 100, 1000 }, { 3, 1, 2, 50 }, { width = 50, height = 5,
      unicode = false, log_x = true })
    assert.matches("^ +5 |.*%^", cut[1])
    assert.is_nil(table.concat(cut, "", 2):find("^", 1, true))
    local whole = plot.curve({ 1, 10, 100 }, { 3, 1, 2 }, { width = 50, height = 5,
      unicode = false, log_x = true })
    assert.is_nil(table.concat(whole):find("^", 1, true))
  end)

  it("are SVG without anything that XML cannot hold", function()
    local text = chart.picture {
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
