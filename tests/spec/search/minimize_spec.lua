local search = require "lrrun.search"

local function bowl(p)
  return (p.x - 0.3) ^ 2 + (math.log(p.lr, 10) + 3) ^ 2
end

local function space()
  return { x = search.uniform(-1, 1), lr = search.loguniform(1e-5, 1e-1) }
end

local function run(changes)
  local opts = { space = space(), objective = bowl, trials = 20, seed = 3 }
  for key, value in pairs(changes or {}) do
    opts[key] = value
  end
  return search.minimize(opts)
end

local STRATEGIES = { "grid", "random", "sobol", "bayes", "tpe" }

describe("search.minimize", function()
  it("gives the lowest trial as best, with every strategy", function()
    for _, name in ipairs(STRATEGIES) do
      local result = run { strategy = search[name]() }
      local lowest = math.huge
      for _, trial in ipairs(result.trials) do
        lowest = math.min(lowest, trial.value)
      end
      assert.equal(lowest, result.best.value)
      assert.equal(result.best.value, bowl(result.best.params))
      assert.same(result.best.params, result.trials[result.best.trial + 1].params)
    end
  end)

  it("tries no point of a finite space twice, and ends when there is none left", function()
    local small = { a = search.int(1, 3), b = search.choice { "x", "y" }, c = search.choice {
      search.int(1, 2), 7 }, d = search.uniform(0, 1, { step = 0.25 }) }
    for _, name in ipairs(STRATEGIES) do
      for trials, want in pairs { [200] = 90, [50] = 50 } do
        local seen = {}
        local result = run { strategy = name, space = small, trials = trials,
          objective = function(p, number)
            local key = ("%d %s %d %g"):format(p.a, p.b, p.c, p.d)
            assert(not seen[key])
            seen[key] = true
            return number % 3 > 0 and p.a + p.d or 0 / 0
          end }
        assert.equal(name == "grid" and trials == 50 and 24 or want, #result.trials)
        for _, trial in ipairs(result.trials) do
          assert.is_nil((trial.error or ""):match "assert")
        end
      end
    end
  end)

  it("draws other points of a finite space that is large", function()
    local large = { a = search.int(1, 100), b = search.logint(1, 90) }
    for _, name in ipairs { "random", "sobol", "tpe" } do
      local result = run { strategy = name, space = large, trials = 150, objective = function(p)
        return p.a + p.b
      end }
      local seen = {}
      for _, trial in ipairs(result.trials) do
        local key = trial.params.a * 1000 + trial.params.b
        assert.is_nil(seen[key])
        seen[key] = true
      end
    end
  end)

  it("gives choices as they are, false too", function()
    local seen = {}
    local result = run { strategy = "grid", space = { a = search.choice(true, false) },
      objective = function(p)
        seen[#seen + 1] = p.a
        return p.a and 1 or 0
      end }
    assert.same({ true, false }, seen)
    assert.is_false(result.best.params.a)
    assert.is_true(result.trials[1].params.a)
  end)

  it("begins with fewer points before its model where there are few dimensions", function()
    local one, more = { x = search.uniform(0, 1) }, {}
    for i = 1, 5 do
      more["x" .. i] = search.uniform(0, 1)
    end
    for points, of in pairs { [4] = one, [10] = more } do
      local function trials(strategy)
        return run { space = of, trials = 11, strategy = strategy, objective = function(p)
          return (p.x or p.x1) ^ 2
        end }.trials
      end
      local bayes, sobol = trials "bayes", trials "sobol"
      for i = 1, points do
        assert.same(sobol[i].params, bayes[i].params)
      end
      assert.not_same(sobol[points + 1].params, bayes[points + 1].params)
    end
  end)

  it("finds the bottom of a bowl with bayes", function()
    local best = run { strategy = search.bayes(), trials = 30 }.best
    assert.near(0, best.value, 1e-3)
  end)

  it("gives the same trials for the same seed and others for another", function()
    for _, name in ipairs { "random", "sobol", "bayes", "tpe" } do
      assert.same(run { strategy = name }, run { strategy = name })
      assert.not_same(run { strategy = name }, run { strategy = name, seed = 4 })
    end
  end)

  it("gives the first trials of a longer search", function()
    for _, name in ipairs { "random", "sobol", "bayes", "tpe" } do
      local short = run { strategy = name, trials = 13 }
      local long = run { strategy = name, trials = 16 }
      for i = 1, 13 do
        assert.same(short.trials[i], long.trials[i])
      end
    end
  end)

  it("records errors, missing numbers, NaN and infinity as failed trials", function()
    local answers = { [2] = 0 / 0, [3] = math.huge, [4] = "text" }
    for _, name in ipairs(STRATEGIES) do
      local result = run {
        strategy = name,
        objective = function(p, number)
          if number == 1 then
            error "it burns"
          end
          return answers[number] or bowl(p)
        end,
      }
      local states = {}
      for i = 1, 6 do
        states[i] = result.trials[i].state
      end
      assert.same({ "ok", "failed", "failed", "failed", "failed", "ok" }, states)
      assert.matches("it burns", result.trials[2].error)
      assert.matches("nan", result.trials[3].error)
      assert.matches("inf", result.trials[4].error)
      assert.matches("'text', want a number", result.trials[5].error)
      assert.is_nil(result.trials[5].value)
    end
  end)

  it("goes on when every trial fails, without a best", function()
    for _, name in ipairs(STRATEGIES) do
      local result = run { strategy = name, objective = error }
      assert.is_nil(result.best)
      assert.equal(name == "grid" and 16 or 20, #result.trials)
    end
  end)

  it("takes equal values and a space of one point", function()
    for _, name in ipairs { "bayes", "tpe" } do
      local flat = run { strategy = name, objective = function() return 7 end }
      assert.equal(7, flat.best.value)
      local one = run { strategy = name, space = { n = search.int(4, 4) },
        objective = function(p) return p.n end }
      assert.equal(4, one.best.value)
    end
  end)

  it("stands values between -1e300 and 1e300", function()
    for _, name in ipairs { "bayes", "tpe" } do
      local result = run {
        strategy = name,
        objective = function(p, number)
          return number == 3 and 1e300 or number == 5 and -1e300 or bowl(p)
        end,
      }
      assert.equal(-1e300, result.best.value)
    end
  end)

  it("puts values where the dimensions were, and constructors' inner ones too", function()
    local optim = require "lrrun.optim"
    local seen = {}
    search.minimize {
      space = {
        optimizer = search.choice {
          optim.sgd { lr = search.loguniform(1e-3, 1), momentum = search.uniform(0, 0.9) },
          optim.adam { lr = search.loguniform(1e-5, 1e-2) },
        },
        layers = { search.int(1, 3), 7 },
      },
      strategy = "random",
      objective = function(p)
        seen[p.optimizer.kind] = true
        assert(p.optimizer.opts.lr > 0)
        assert(math.type(p.layers[1]) == "integer" and p.layers[2] == 7)
        return p.optimizer.opts.lr
      end,
    }
    assert.same({ ["optim.sgd"] = true, ["optim.adam"] = true }, seen)
  end)

  it("names what is wrong", function()
    local function fails(text, opts)
      local fine, message = pcall(run, opts)
      assert.is_false(fine)
      assert.matches(text, message, 1, true)
    end
    fails("'space' holds no dimension", { space = { x = 1 } })
    fails("'strategy' is 'byes'; did you mean 'bayes'?", { strategy = "byes" })
    fails("'strategy' is search.median", { strategy = search.median() })
    fails("'trials' is 0", { trials = 0 })
    fails("unknown key 'trails'; did you mean 'trials'?", { trails = 3 })
    fails("'objective' is 3", { objective = 3 })
  end)

  it("ends a grid after its last point", function()
    local result = run { strategy = search.grid { points = 3 }, trials = 50 }
    assert.equal(9, #result.trials)
    assert.equal(16, #run({ strategy = "grid", trials = 20 }).trials)
  end)
end)
