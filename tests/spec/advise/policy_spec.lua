-- Advice on made curves: loss over rate and length as runs have it, whose best is known.

local curve = require "lrrun.advise.curve"
local policy = require "lrrun.advise.policy"
local resolution = require "lrrun.advise.resolution"

-- Numbers with mean 0 and deviation 1, the same for the same keys.
local function chance(...)
  local state = 17
  for _, key in ipairs { ... } do
    state = (state * 48271 + math.floor(key * 1e6 + 0.5)) % 2147483647
  end
  local sum = 0
  for _ = 1, 12 do
    state = state * 48271 % 2147483647
    sum = sum + state / 2147483647
  end
  return sum - 6
end

-- Of the validation samples that a job has.
local function level_of(o, job, seed)
  return job.own_split and (o.splits or 0) * chance(job.seed + 100 * seed) or 0
end

-- A task: { best = log10 of the best rate of whole runs, width = decades by which a loss is e times
-- as high on the low side, shift = of the best with log10 of the length, cliff = decades above
-- the best, ends = share from which longer runs gain nothing, noise, seeds, splits = deviation of
-- the levels of other validation samples }. Gives what a job comes to.
local function task(o)
  local width, cliff, shift = o.width or 1, o.cliff or 0.9, o.shift or 0.5
  return function(job, seed)
    local x = math.log(job.lr, 10)
    local past = x - (o.best - shift * math.log(job.share, 10))
    local result = { lr = job.lr, share = job.share, seed = job.seed, own_split = job.own_split,
      cost = job.share }
    if o.fails then
      result.state = "fail"
    elseif o.diverges or past > cliff then
      result.state, result.cost = "diverged", o.at_once and 0 or job.share / 3
    else
      local high = past < 0 and -past / width or past / (o.upper or 0.8)
      -- Far off the best the loss comes close to that of doing nothing.
      local loss = 0.3 * math.min(job.share, o.ends or 1) ^ -0.15
        * math.exp(o.flat and 0 or 2 * high ^ 2 / (2 + high ^ 2))
      loss = loss * math.exp((o.noise or 0) * chance(x, job.share, job.seed + 100 * seed)
        + (o.seeds or 0) * chance(job.share, job.seed + 100 * seed)
        + level_of(o, job, seed))
      result.state, result.loss = "complete", o.turned and loss - 5 or loss
    end
    return result
  end
end

-- What advice says of a task: answer or nil and why, and the state.
local function advise(o, given)
  given = given or {}
  local state = policy.start { budget = given.budget or 3, length = given.length or 1000,
    kind = given.kind or "optim.adam", default = given.default or 1e-3,
    low = given.low, high = given.high, prior = given.prior }
  local run, batches = task(o), 0
  for batch in policy.next, state do
    local results = {}
    for i, job in ipairs(batch) do
      results[i] = run(job, given.seed or 1)
    end
    policy.take(state, results)
    batches = batches + 1
    assert(batches < 60, "it does not end")
  end
  local answer, why = curve.answer(state)
  return answer, why, state
end

local function off(answer, o)
  return math.log(answer.suggestion, 10) - o.best
end

describe("advice on made curves", function()
  it("finds the best rate of a quiet valley to a factor of two, whatever the shift", function()
    for _, shift in ipairs { 0, 0.5, 1 } do
      for best = -4, -1, 1.5 do
        local o = { best = best, shift = shift }
        local x = off(advise(o), o)
        assert.is_true(math.abs(x) < 0.3, ("shift %g best %g: %g off"):format(shift, best, x))
      end
    end
  end)

  it("costs at most the budget", function()
    for _, budget in ipairs { 1, 3, 12 } do
      local _, _, state = advise({ best = -2.5, noise = 0.03 }, { budget = budget })
      assert.is_true(state.spent <= budget + 1e-9, tostring(state.spent))
    end
  end)

  it("says so where a run is too short to be tried for its budget", function()
    local short = advise({ best = -2.5 }, { budget = 1, length = 15 })
    assert.truthy(table.concat(short.warnings, "\n"):find("cost %d.* runs, more than the budget"))
    local long = advise { best = -2.5 }
    assert.is_nil(table.concat(long.warnings, "\n"):find "budget")
  end)

  it("is right more often with a larger budget, and with noise seldom far off", function()
    local sum = {}
    for _, budget in ipairs { 1, 6 } do
      sum[budget] = 0
      for seed = 1, 6 do
        local o = { best = -2.3 - seed / 6, noise = 0.05, seeds = 0.1, shift = seed / 6 }
        local x = math.abs(off(advise(o, { budget = budget, seed = seed }), o))
        assert.is_true(x < 0.8)
        sum[budget] = sum[budget] + x
      end
    end
    assert.is_true(sum[6] < sum[1])
    assert.is_true(sum[6] / 6 < 0.25)
  end)

  it("never suggests a rate at which whole runs diverge, with the best right below the cliff",
    function()
      for seed = 1, 6 do
        local o = { best = -2 + seed / 5, cliff = 0.12, width = 1.5, noise = 0.02,
          shift = seed / 12 }
        local x = off(advise(o, { seed = seed }), o)
        assert.is_true(x < o.cliff, ("seed %d: %g above the best"):format(seed, x))
        assert.is_true(x > -0.65, ("seed %d: %g below the best"):format(seed, -x))
      end
    end)

  it("stays on the low side of an uneven valley", function()
    local o = { best = -2, cliff = 0.3, width = 2, upper = 0.4 }
    local answer = advise(o)
    assert.is_true(off(answer, o) < 0.15, tostring(off(answer, o)))
    assert.is_true(off(answer, o) > -0.5, tostring(off(answer, o)))
  end)

  it("begins around the rate that is typical of the optimizer", function()
    for kind, lr in pairs { adam = 1e-3, sgd = 10 ^ -1.2, lamb = 1e-2, lion = 1e-4, prodigy = 1,
      schedule_free_sgd = 1 } do
      local _, _, state = advise({ best = -2 }, { kind = "optim." .. kind })
      local middle = state.results[4]
      assert.is_true(math.abs(math.log(middle.lr / lr, 10) - 0.4) < 0.01,
        ("%s: %g"):format(kind, middle.lr))
    end
  end)

  it("follows a best rate that lies far outside of what is typical or bracketed", function()
    for _, case in ipairs {
      { best = -6.5 }, { best = 0.8 }, { best = -5, low = 1e-2, high = 1 },
      { best = 0, low = 1e-6, high = 1e-4 },
    } do
      local answer = advise(case, case)
      assert.is_true(math.abs(off(answer, case)) < 0.4, ("best %g: %g"):format(case.best,
        answer.suggestion))
    end
  end)

  it("begins where the best rate is about known, and follows it from there", function()
    for _, miss in ipairs { 0, 0.6 } do
      local o = { best = -2.4 }
      local answer, _, state = advise(o, { budget = 1, default = 10 ^ (o.best + miss),
        prior = true })
      assert.is_true(math.abs(off(answer, o)) < 0.4, tostring(off(answer, o)))
      assert.is_true(#state.results < 8 and state.spent <= 1)
    end
  end)

  it("goes down where every rate diverges, and gives up in the end", function()
    local o = { best = -5.5, cliff = 0.4 }
    assert.is_true(math.abs(off(advise(o, { kind = "optim.sgd" }), o)) < 0.4)
    local answer, why, state = advise { best = 0, diverges = true }
    assert.is_nil(answer)
    assert.truthy(why:find "^every run diverged, down to a rate of 1e%-09; ")
    assert.is_true(state.spent <= 3)
  end)

  it("gives up where every run diverges before its first update, which costs nothing", function()
    for _, given in ipairs { {}, { budget = 0.2 }, { kind = "optim.sgd", length = 20 },
      { prior = true, default = 1e-2 } } do
      local answer, why, state = advise({ best = 0, diverges = true, at_once = true }, given)
      assert.is_nil(answer)
      assert.truthy(why:find "^every run diverged, down to a rate of %d")
      assert.is_true(#state.results < 60, tostring(#state.results))
      local seen = {}
      for _, r in ipairs(state.results) do
        local key = ("%g %g %d"):format(r.lr, r.share, r.seed)
        assert.is_nil(seen[key], key)
        seen[key] = true
      end
    end
  end)

  it("ends at once where runs fail for another reason", function()
    local answer, why, state = advise { best = 0, fails = true }
    assert.is_nil(answer)
    assert.equal("no run gave a loss", why)
    assert.equal(7, #state.results)
  end)

  it("says that a curve is flat, with an interval of more than a decade", function()
    local answer = advise { best = -2.5, flat = true, cliff = 1.5, noise = 0.004, seeds = 0.01 }
    assert.is_true(answer.flat)
    assert.is_true(answer.interval.high / answer.interval.low > 10)
    assert.is_false(advise { best = -2.5 }.flat)
  end)

  it("says so where it is known how far seeds lie apart, and that it cannot tell else", function()
    local o = { best = -2.5, flat = true, cliff = 1.5, noise = 0.004, seeds = 0.01 }
    local answer = advise(o, { budget = 1 })
    assert.is_nil(answer.spread)
    assert.is_false(answer.flat)
    assert.is_true(answer.interval.high / answer.interval.low > 10)
    assert.is_true(answer.unresolved.high / answer.unresolved.low > 10)
  end)

  it("says so where other samples change more than a factor of ten in the rate does", function()
    local o = { best = -2.5, width = 3, upper = 3, cliff = 3 }
    assert.is_false(advise(o).flat)
    o.splits = 0.2
    local answer = advise(o)
    assert.is_true(answer.flat)
    assert.is_true(answer.spread > 0.1 and answer.spread < 0.4, tostring(answer.spread))
  end)

  it("takes no rate for better because other samples are easier", function()
    local o = { best = -2.5, noise = 0.02 }
    local plain = advise(o)
    o.splits = 1
    local answer, _, state = advise(o)
    assert.is_true(answer.spread > plain.spread)
    for _, key in ipairs { "suggestion", "expected", "third", "triple" } do
      assert.equal(plain[key], answer[key], key)
    end
    assert.is_true(answer.interval.low <= plain.interval.low)
    assert.is_true(answer.interval.high >= plain.interval.high)
    assert.is_true(state.spent <= 3 + 1e-9)
  end)

  it("holds the best rate in its interval in at least 80 of 100 noisy cases", function()
    local holds, n = 0, 15
    for seed = 1, n do
      local o = { best = -3.5 + seed / 6, noise = 0.03, seeds = 0.1, shift = seed % 5 / 4 }
      local interval = advise(o, { seed = seed }).interval
      local best = 10 ^ o.best
      holds = holds + (interval.low <= best and best <= interval.high and 1 or 0)
    end
    assert.is_true(holds >= 0.8 * n, tostring(holds))
  end)

  it("expects of a whole run what it comes to", function()
    for _, budget in ipairs { 3, 9 } do
      local o = { best = -2.7, seeds = 0.02 }
      local answer = advise(o, { budget = budget })
      local real = task(o)({ lr = answer.suggestion, share = 1, seed = 0 }, 1).loss
      assert.is_true(math.abs(answer.expected / real - 1) < 0.12)
    end
  end)

  it("expects nothing of the rest of a run where gains have ended", function()
    for _, budget in ipairs { 1, 3 } do
      local o = { best = -2.7, ends = 0.4, seeds = 0.02 }
      local answer = advise(o, { budget = budget })
      local real = task(o)({ lr = answer.suggestion, share = 1, seed = 0 }, 1).loss
      assert.is_true(math.abs(math.log(answer.expected / real)) < 0.15, tostring(answer.expected))
    end
  end)

  it("compares four runs of half the length within the usual budget", function()
    for seed = 1, 5, 2 do
      local _, _, state = advise({ best = -4 + seed / 2, noise = 0.03 }, { seed = seed })
      local long = 0
      for _, result in ipairs(state.results) do
        long = long + (result.share == 0.5 and 1 or 0)
      end
      assert.is_true(long >= 4, tostring(long))
      assert.is_true(state.spent > 2.8, tostring(state.spent))
    end
  end)

  it("is led by no lucky run where validation samples are few", function()
    local sum, n = 0, 12
    for seed = 1, n do
      local o = { best = -2.5, noise = 0.2, seeds = 0.2 }
      sum = sum + math.abs(off(advise(o, { seed = seed }), o))
    end
    assert.is_true(sum / n < 0.3, tostring(sum / n))
  end)

  it("has all rates of a flat part in the interval", function()
    local o = { best = -2.5, width = 3, upper = 3, cliff = 3, splits = 0.2 }
    local answer = advise(o)
    assert.is_true(answer.flat)
    assert.is_true(answer.interval.high / answer.interval.low >= 10)
  end)

  it("asks for the same jobs whatever unit the loss has, and takes losses below 0", function()
    local plain = { best = -2.2, noise = 0.02 }
    local _, _, first = advise(plain)
    local answer = advise { best = -2.2, noise = 0.02, turned = true }
    assert.is_true(math.abs(off(answer, plain)) < 0.35)
    local state = policy.start { budget = 3, length = 1000, kind = "optim.adam" }
    local run, i = task(plain), 0
    for batch in policy.next, state do
      local results = {}
      for k, job in ipairs(batch) do
        i = i + 1
        assert.equal(first.results[i].lr, job.lr)
        results[k] = run(job, 1)
        results[k].loss = results[k].loss and 1e9 * results[k].loss
      end
      policy.take(state, results)
    end
    assert.equal(#first.results, i)
  end)

  it("works with runs of some ten updates and budgets of less than one run", function()
    for _, length in ipairs { 1, 40 } do
      for _, budget in ipairs { 0.1, 1, 3 } do
        local answer, _, state = advise({ best = -2.5 }, { length = length, budget = budget })
        assert.is_true(answer.suggestion > 0)
        for _, result in ipairs(state.results) do
          assert.is_true(result.share > 0 and result.share <= 1)
        end
      end
    end
  end)
end)

describe("what cannot be told apart", function()
  -- A fit whose mean rises by `slope` for each decade on both sides of the middle of the grid, and
  -- whose differences are known to `error` for each.
  local function of(slope, error, noise, little)
    local fit = { grid = {}, mean = {}, noise = noise or 0.02 }
    for g = 1, 81 do
      fit.grid[g], fit.mean[g] = (g - 41) * 0.05, slope * math.abs(g - 41) * 0.05
    end
    function fit.deviation(_, g, at)
      return error * math.abs(g - at) * 0.05
    end
    return resolution.of(fit, 41, 11, 71, little or 0.02)
  end

  it("is what lies within the error of its difference, where that is a decade and more", function()
    assert.is_nil(of(0.2, 0.1))
    local found = of(0.1, 0.1)
    assert.same({ 11, 71, 11 }, { found.first, found.last, found.points }) -- no rate untried
    assert.equal(found.points * found.seeds, found.runs)
    assert.is_true(of(0.1, 0.1, 0.1).seeds > found.seeds)
    assert.is_true(of(0.1, 0.1, 0.1, 0.1).seeds < of(0.1, 0.1, 0.1).seeds)
  end)

  it("is said with rates and runs, holds the best rate, and ends where it is known", function()
    local holds, n = 0, 15
    for seed = 1, n do
      local o = { best = -3.5 + seed / 6, noise = 0.05, seeds = 0.1, shift = seed % 5 / 4,
        width = 2, upper = 2, cliff = 3 }
      local u = advise(o, { seed = seed, budget = 1 }).unresolved
      local best = 10 ^ o.best
      assert.is_true(u ~= nil and u.high / u.low >= 9.9 and u.difference > 0)
      holds = holds + (u.low <= best and best <= u.high and 1 or 0)
    end
    assert.is_true(holds >= 0.9 * n, tostring(holds))
    assert.is_nil(advise({ best = -2.5, noise = 0.01, cliff = 3 }, { budget = 12 }).unresolved)
  end)

  it("has all of a flat valley", function()
    local answer = advise { best = -2.5, flat = true, cliff = 1.5, noise = 0.004, seeds = 0.01 }
    assert.is_true(answer.flat)
    assert.is_true(answer.unresolved.high / answer.unresolved.low >= 10)
  end)
end)

describe("the answer", function()
  it("of one run is its rate, with a factor of 2 on each side at least", function()
    local answer = curve.answer { results = {
      { lr = 0.01, share = 1, seed = 0, loss = 0.5, state = "complete", cost = 1 },
    } }
    assert.is_true(math.abs(math.log(answer.suggestion / 0.01, 10)) < 0.3)
    assert.is_true(answer.interval.low < 0.0051 and answer.interval.high > 0.0196)
    assert.near(0.5, answer.expected, 1e-9)
  end)

  it("warns of a best rate at the edge of what was tried, and of divergence above it", function()
    local results = {}
    for i = 1, 4 do
      results[i] = { lr = 10 ^ -i, share = 1, seed = 0, loss = 1 / i, state = "complete", cost = 1 }
    end
    assert.matches("lowest rate, 0.0001", curve.answer({ results = results }).warnings[1])
    results[1].state, results[1].loss = "diverged", nil
    results[2].loss, results[3].loss, results[4].loss = 0.4, 0.6, 0.8
    results[5] = { lr = 0.03, share = 1, seed = 0, loss = 0.3, state = "complete", cost = 1 }
    local answer = curve.answer { results = results }
    assert.matches("diverge from about 0.1 on", answer.warnings[1])
    assert.is_true(answer.suggestion <= 0.06)
  end)

  it("stays near the best of long runs where a short one diverged not far above", function()
    local results = {}
    local function add(share, seed, losses)
      for x, loss in pairs(losses) do
        results[#results + 1] = { lr = 10 ^ x, share = share, seed = seed, loss = loss or nil,
          state = loss and "complete" or "diverged", cost = share }
      end
    end
    add(0.03, 0, { [-2.42] = 0.537, [-1.97] = 0.372, [-1.52] = 0.35, [-1.07] = 0.292,
      [-0.62] = 0.503, [-0.17] = false })
    add(0.12, 0, { [-2.35] = 0.303, [-2.05] = 0.29, [-1.75] = 0.269, [-1.45] = false })
    add(0.475, 1, { [-3] = 0.31, [-2.7] = 0.283, [-2.4] = 0.2645 })
    table.sort(results, function(a, b)
      return a.share < b.share or a.share == b.share and a.lr < b.lr
    end)
    local x = math.log(curve.answer({ results = results }).suggestion, 10)
    assert.is_true(x > -2.6 and x < -1.75, tostring(x))
  end)

  it("gives a curve whose lowest loss is that at the suggestion", function()
    local answer = advise { best = -3, noise = 0.01 }
    local lowest = math.huge
    for i, point in ipairs(answer.curve) do
      lowest = math.min(lowest, point.loss)
      assert.is_true(i == 1 or point.lr > answer.curve[i - 1].lr)
    end
    assert.is_true(lowest <= answer.expected and lowest > 0.95 * answer.expected)
  end)
end)
