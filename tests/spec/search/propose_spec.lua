local native = require "lrrun.native.search"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"

local function mixed()
  return spaces.collect {
    a = search.choice { "p", { lr = search.loguniform(1e-4, 1) } },
    n = search.int(1, 5),
    w = search.logint(1, 1000),
    x = search.uniform(0, 1),
  }
end

local function value_of(point, number)
  local total = number % 3 * 0.01
  for i, v in ipairs(point) do
    total = total + (v and math.sin(v + i) or 0.3)
  end
  return total
end

-- The first n trials of a strategy, trial k seeing the results up to k - 1 - lag.
local function study(space, cfg, n, lag, value)
  local done = {}
  for number = 0, n - 1 do
    local history = {}
    for k, trial in ipairs(done) do
      history[k] = k > number - lag and { x = trial.x, state = "pending" } or trial
    end
    local x = space.native:propose(cfg, history, number)
    space.native:check(x)
    local y = value(x, number)
    done[#done + 1] = { x = x, value = y, state = y and "ok" or "failed" }
  end
  return done
end

local MODELS = {
  { strategy = "bayes", seed = 7, startup = 6 },
  { strategy = "tpe", seed = 7, startup = 6, candidates = 24 },
}

describe("A proposal", function()
  it("lies in the space, whatever failed, was pruned or is under way", function()
    local states = { "ok", "pruned", "failed", "pending" }
    for _, cfg in ipairs(MODELS) do
      local space, history = mixed(), {}
      for number = 0, 39 do
        local x = space.native:propose(cfg, history, number)
        space.native:check(x)
        history[#history + 1] = { x = x, value = value_of(x, number),
          state = states[number * 7 % 11 % 4 + 1] }
      end
    end
  end)

  it("does not depend on results that are under way", function()
    for _, cfg in ipairs(MODELS) do
      local space = mixed()
      local trials = study(space, cfg, 14, 3, value_of)
      local function proposed(pending)
        local history = {}
        for k, trial in ipairs(trials) do
          history[k] = k > 11 and { x = trial.x, state = "pending", value = pending } or trial
        end
        return space.native:propose(cfg, history, 14)
      end
      assert.same(proposed(nil), proposed(-1e9))
    end
  end)

  it("depends on where the trials under way are", function()
    local space = spaces.collect { x = search.uniform(0, 1) }
    local cfg = { strategy = "bayes", seed = 1, startup = 5 }
    local trials = study(space, cfg, 7, 0, function(x)
      return (x[1] - 0.4) ^ 2 + 0.1 * math.sin(30 * x[1])
    end)
    local first = space.native:propose(cfg, trials, 7)
    trials[8] = { x = first, state = "pending" }
    local second = space.native:propose(cfg, trials, 8)
    assert.is_true(math.abs(first[1] - second[1]) > 1e-3)
  end)

  it("is the same for the same seed, number and history", function()
    for _, cfg in ipairs(MODELS) do
      assert.same(study(mixed(), cfg, 18, 3, value_of), study(mixed(), cfg, 18, 3, value_of))
    end
  end)

  it("avoids where trials fail", function()
    for _, cfg in ipairs(MODELS) do
      local space = spaces.collect { x = search.uniform(0, 1), y = search.uniform(0, 1) }
      local trials = study(space, cfg, 30, 0, function(x)
        return x[1] < 0.6 and (x[1] - 0.5) ^ 2 + (x[2] - 0.2) ^ 2 or nil
      end)
      local failed = 0
      for k = 16, 30 do
        failed = failed + (trials[k].state == "failed" and 1 or 0)
      end
      assert.is_true(failed <= (cfg.strategy == "bayes" and 2 or 7))
    end
  end)

  it("refuses trials that are no points of the space or have no value", function()
    local space = spaces.collect { x = search.uniform(0, 1) }
    local function fails(text, trial)
      local fine, message = pcall(space.native.propose, space.native,
        { strategy = "bayes", seed = 1 }, { trial }, 1)
      assert.is_false(fine)
      assert.matches(text, message, 1, true)
    end
    fails("2 is not in 0 to 1", { x = { 2 }, value = 1, state = "ok" })
    fails("has no value", { x = { false }, value = 1, state = "ok" })
    fails("not finite", { x = { 0.5 }, value = 0 / 0, state = "ok" })
    fails("want a number or false", { x = { "a" }, value = 1, state = "ok" })
    assert.has_error(function()
      space.native:propose({ strategy = "anneal", seed = 1 }, {}, 0)
    end)
  end)
end)

describe("The grid", function()
  it("goes through the combinations by name, the last name fastest", function()
    local space = spaces.collect {
      b = search.choice { "p", "q" }, a = search.int(1, 2), c = search.uniform(0, 1),
    }
    local seen = {}
    for number = 0, 11 do
      local p = space:params(space.native:propose(
        { strategy = "grid", seed = 0, points = 3 }, {}, number))
      seen[#seen + 1] = ("%d%s%.1f"):format(p.a, p.b, p.c)
    end
    assert.same({ "1p0.0", "1p0.5", "1p1.0", "1q0.0", "1q0.5", "1q1.0",
      "2p0.0", "2p0.5", "2p1.0", "2q0.0", "2q0.5", "2q1.0" }, seen)
    assert.equal(12, space.native:points(3))
  end)

  it("counts below a choice only what the choice activates", function()
    local space = spaces.collect {
      a = search.choice { "plain", { lr = search.loguniform(1e-4, 1) } },
      z = search.choice { 1, 2 },
    }
    local seen = {}
    for number = 0, 7 do
      local p = space:params(space.native:propose(
        { strategy = "grid", seed = 0, points = 3 }, {}, number))
      seen[#seen + 1] = ("%s %.4g %d"):format(p.a, p["a.#2.lr"] or 0, p.z)
    end
    assert.same({ "plain 0 1", "plain 0 2", "#2 0.0001 1", "#2 0.0001 2", "#2 0.01 1",
      "#2 0.01 2", "#2 1 1", "#2 1 2" }, seen)
    assert.equal(8, space.native:points(3))
  end)

  it("takes each integer once, and as many points as a dimension says", function()
    local space = spaces.collect { n = search.logint(1, 4, { points = 9 }) }
    local seen = {}
    for number = 0, space.native:points(2) - 1 do
      seen[#seen + 1] = space.native:propose({ strategy = "grid", seed = 0 }, {}, number)[1]
    end
    assert.same({ 1, 2, 3, 4 }, seen)
    local wide = spaces.collect { n = search.logint(1, 1000) }
    local last = 0
    for number = 0, wide.native:points(7) - 1 do
      local n = wide.native:propose({ strategy = "grid", seed = 0, points = 7 }, {}, number)[1]
      assert.is_true(n > last)
      last = n
    end
    assert.equal(1000, last)
  end)
end)

describe("Sobol's sequence", function()
  it("has Joe and Kuo's points", function()
    -- Rows of the reference program's output for dimensions 1 to 5, in plain order.
    local points = {
      [1] = { 0.5, 0.5, 0.5, 0.5, 0.5 },
      [2] = { 0.25, 0.75, 0.75, 0.75, 0.25 },
      [3] = { 0.75, 0.25, 0.25, 0.25, 0.75 },
      [4] = { 0.125, 0.625, 0.375, 0.125, 0.125 },
    }
    for index, row in pairs(points) do
      for dim, value in ipairs(row) do
        assert.equal(value, native.sobol(index, dim))
      end
    end
  end)

  it("puts one of each 2^k points into each interval, in every dimension, scrambled", function()
    local dims = {}
    for i = 1, 64 do
      dims[i] = { kind = "float", lo = 0, hi = 1 }
    end
    local space = native.space(dims)
    local seen = {}
    for i = 1, 64 do
      seen[i] = {}
    end
    for number = 0, 63 do
      local x = space:propose({ strategy = "sobol", seed = 11 }, {}, number)
      for i, v in ipairs(x) do
        local bin = math.floor(v * 64)
        assert.is_nil(seen[i][bin])
        seen[i][bin] = true
      end
    end
  end)
end)
