-- A `prior` of a dimension: what strategies do with it.
local files = require "support.files"
local program = require "support.program"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"
local studies = require "support.studies"

local function log10(x)
  return math.log(x, 10)
end

-- A valley in lr and momentum, a cliff above.
local function loss(p)
  local z = log10(p.lr)
  return 0.3 + 0.1 * (z + 2.5) ^ 2 + 0.3 * (p.momentum - 0.8) ^ 2
    + 1.5 / (1 + math.exp(-8 * (z + 0.8)))
end

local PRIORS = { none = {}, good = { 5e-3, 0.75 }, wrong = { 0.5, 0.1 } }

-- Means over seeds of what is lost at the best of the first and of all trials.
local function found(strategy, priors, early, trials)
  local soon, late, seeds = 0, 0, 8
  for seed = 1, seeds do
    local best, at_early = math.huge, nil
    search.minimize {
      strategy = strategy, seed = seed, trials = trials,
      space = { lr = search.loguniform(1e-5, 1, { prior = priors[1] }),
        momentum = search.uniform(0, 1, { prior = priors[2] }) },
      objective = function(p, number)
        best = math.min(best, loss(p))
        at_early = number == early - 1 and best or at_early
        return loss(p)
      end,
    }
    soon, late = soon + (at_early - 0.3) / seeds, late + (best - 0.3) / seeds
  end
  return soon, late
end

describe("A prior", function()
  for _, strategy in ipairs { "random", "sobol", "tpe", "bayes" } do
    it("that is right makes trials fewer, and one that is wrong is recovered from: " .. strategy,
      function()
        local trials = strategy == "bayes" and 24 or 40
        local soon, late = found(strategy, PRIORS.none, 8, trials)
        local good_soon, good_late = found(strategy, PRIORS.good, 8, trials)
        local _, wrong_late = found(strategy, PRIORS.wrong, 8, trials)
        assert.is_true(good_soon < 0.7 * soon, ("%g, without %g"):format(good_soon, soon))
        assert.is_true(good_late < 1.5 * late + 1e-3, ("%g, without %g"):format(good_late, late))
        assert.is_true(wrong_late < 2 * late + 5e-3, ("%g, without %g"):format(wrong_late, late))
      end)
  end

  it("is the first point of all strategies but the grid, and their points lie in the space",
    function()
      local space = spaces.collect { n = search.int(1, 9, { prior = 7 }),
        w = search.logint(1, 1000, { prior = 100 }), x = search.uniform(0, 2, { step = 0.5,
          prior = 1.5 }), lr = search.loguniform(1e-5, 1, { prior = 3e-3 }),
        free = search.uniform(0, 1) }
      for _, strategy in ipairs { "random", "sobol", "tpe", "bayes" } do
        local history = {}
        for number = 0, 19 do
          local x = space.native:propose({ strategy = strategy, seed = 3, startup = 6 }, history,
            number)
          space.native:check(x)
          history[#history + 1] = { x = x, value = math.abs(x[2] - 1e-2), state = "ok" }
        end
        local first = space:params(history[1].x)
        first.free = nil
        assert.near(3e-3, first.lr, 1e-17)
        first.lr = nil
        assert.same({ n = 7, w = 100, x = 1.5 }, first)
      end
    end)

  it("draws fewer points from it as numbers grow", function()
    local space = spaces.collect { x = search.uniform(0, 1, { prior = 0.05 }) }
    local function near(from) -- the share of 40 points of 20 seeds
      local n = 0
      for seed = 1, 20 do
        for number = from, from + 39 do
          local x = space.native:propose({ strategy = "random", seed = seed }, {}, number)
          n = n + (x[1] < 0.2 and 1 or 0)
        end
      end
      return n / 800
    end
    assert.is_true(near(1) > near(1000) + 0.08)
    assert.near(0.2, near(1000), 0.05)
  end)

  it("changes nothing of a search without one", function()
    local function first(prior)
      local space = spaces.collect { x = search.uniform(0, 1), y = search.uniform(0, 1,
        { prior = prior }) }
      local out, history = {}, {}
      for number = 0, 11 do
        local x = space.native:propose({ strategy = "tpe", seed = 2, startup = 4 }, history, number)
        out[#out + 1] = x[1]
        history[#history + 1] = { x = x, value = x[1] + x[2], state = "ok" }
      end
      return out
    end
    -- The last proposals of version 1.0.
    assert.same({ 0.82461397248701118, 0.086159673678790613, 0.060828628262975068 },
      { table.unpack(first(nil), 10, 12) })
    assert.not_same(first(nil), first(0.9))
  end)

  it("is the value outside a search, where no default is given", function()
    local dim = search.loguniform(1e-5, 1, { prior = 3e-3 })
    assert.equal(3e-3, spaces.resolve({ lr = dim }, {}).lr)
    assert.equal(1e-2, spaces.resolve({ lr = search.loguniform(1e-5, 1, { prior = 3e-3,
      default = 1e-2 }) }, {}).lr)
  end)

  it("outside of its dimension is an error", function()
    assert.matches("search.loguniform: 'prior' is 3, not from 1e%-05 to 1", files.failure(function()
      search.loguniform(1e-5, 1, { prior = 3 })
    end))
    assert.matches("unknown key 'piror'; did you mean 'prior'", files.failure(function()
      search.uniform(0, 1, { piror = 0.5 })
    end))
  end)

  it("leads to the same table for 1 and 3 jobs, after kills, and to its replay", function()
    local text = studies.recipe():gsub("1e%-4, 1e%-1", "%0, { prior = 1e-2 }")
    local _, want, err = studies.search(studies.folder(finally, text),
      "--strategy tpe --trials 9 --jobs 1 --pruner asha")
    assert.is_nil(err:find "error", err)
    local folder = studies.folder(finally, text)
    local result = studies.with_kills(folder, "--strategy tpe --trials 9 --jobs 3 --pruner asha", 2,
      math.random, 0.3)
    assert.equal(studies.table_of(want), studies.table_of(result))
    local code, out = program.run(("replay '%s#2' --quiet --out %s/runs"):format(result.study,
      folder))
    assert.equal(0, code, out)
    assert.matches("identical", out)
  end)
end)
