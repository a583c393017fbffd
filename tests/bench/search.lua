-- Time per proposal at 1,000 trials; or, with `study`, our strategies on test functions,
-- one line for each study: function, strategy, seed, value (the function without its noise
-- at the trial with the lowest observed value), that lowest observed value.
-- tests/bench/search_optuna.py has the same functions and prints the comparison; `make
-- bench-search` runs both.
--
-- With `priors`: what a good and a wrong `prior` of all numbers does, as mean ranks (the share of
-- 2,000 random points that are better) of the best of the first third and of all trials.
--
-- Usage: lrrun --trusted tests/bench/search.lua [study|priors [seeds [trials [function,...]]]]

local options = require "lrrun.util.options"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"

local pi, sin, cos, exp, sqrt = math.pi, math.sin, math.cos, math.exp, math.sqrt
local uniform, loguniform, int, logint = search.uniform, search.loguniform, search.int,
  search.logint

local function log10(x)
  return math.log(x, 10)
end

local function cube(n, lo, hi)
  local space = {}
  for i = 1, n do
    space["x" .. i] = uniform(lo, hi)
  end
  return space
end

local function vector(p)
  local x = {}
  while p["x" .. #x + 1] do
    x[#x + 1] = p["x" .. #x + 1]
  end
  return x
end

local function branin(p)
  local b, c = 5.1 / (4 * pi ^ 2), 5 / pi
  return (p.y - b * p.x ^ 2 + c * p.x - 6) ^ 2 + 10 * (1 - 1 / (8 * pi)) * cos(p.x) + 10
end

local H6A = {
  { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 },
  { 3, 3.5, 1.7, 10, 17, 8 }, { 17, 8, 0.05, 10, 0.1, 14 },
}
local H6P = {
  { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 },
  { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
  { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 },
  { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 },
}
local H6ALPHA = { 1, 1.2, 3, 3.2 }

local function hartmann6(p)
  local total, x = 0, vector(p)
  for i = 1, 4 do
    local s = 0
    for j = 1, 6 do
      s = s + H6A[i][j] * (x[j] - H6P[i][j]) ^ 2
    end
    total = total + H6ALPHA[i] * exp(-s)
  end
  return -total
end

-- Loss after training over the learning rate: a valley in log lr, a cliff above.
local function lr_curve(p)
  local z = log10(p.lr)
  return 0.3 + 0.08 * (z + 2.3) ^ 2 + 1.5 / (1 + exp(-8 * (z + 0.8)))
end

local OPTIMIZERS = {
  sgd = function(p)
    local z, m = log10(p.lr), p.momentum - 0.9
    return 0.25 + 0.10 * (z + 1.2 + 1.5 * m) ^ 2 + 0.2 * m ^ 2
  end,
  adam = function(p)
    return 0.22 + 0.12 * (log10(p.lr) + 2.7) ^ 2
  end,
  rmsprop = function(p)
    return 0.28 + 0.12 * (log10(p.lr) + 3.2) ^ 2
  end,
}
local ACTIVATIONS = { relu = 0.02, tanh = 0.08, gelu = 0 }

-- A recipe's space: optimizers with rates of their own, width, depth, dropout.
local function mixed(p)
  return OPTIMIZERS[p.optimizer.name](p.optimizer)
    + 0.03 * (math.log(p.units, 2) - 7) ^ 2 * (0.5 + p.dropout) + 0.02 * (p.layers - 3) ^ 2
    + 0.4 * (p.dropout - 0.2) ^ 2 + ACTIVATIONS[p.activation]
end

local function ackley5(p)
  local a, b = 0, 0
  for _, v in ipairs(vector(p)) do
    a, b = a + v * v, b + cos(2 * pi * v)
  end
  return -20 * exp(-0.2 * sqrt(a / 5)) - exp(b / 5) + 20 + exp(1)
end

local function rosenbrock4(p)
  local total, x = 0, vector(p)
  for i = 1, 3 do
    total = total + 100 * (x[i + 1] - x[i] ^ 2) ^ 2 + (1 - x[i]) ^ 2
  end
  return total
end

local function levy4(p)
  local w = {}
  for i, v in ipairs(vector(p)) do
    w[i] = 1 + (v - 1) / 4
  end
  local total = sin(pi * w[1]) ^ 2
  for i = 1, 3 do
    total = total + (w[i] - 1) ^ 2 * (1 + 10 * sin(pi * w[i] + 1) ^ 2)
  end
  return total + (w[4] - 1) ^ 2 * (1 + sin(2 * pi * w[4]) ^ 2)
end

local function camel(p)
  local x, y = p.x, p.y
  return (4 - 2.1 * x ^ 2 + x ^ 4 / 3) * x ^ 2 + x * y + (-4 + 4 * y ^ 2) * y ^ 2
end

local function noisy_ints(p)
  return ((p.a - 13) / 10) ^ 2 + (log10(p.b) - 1.7) ^ 2 + (p.x - 0.3) ^ 2 + (p.y + 0.6) ^ 2
end

-- Branin that fails where the plane is too high, as a run that diverges.
local function hole(p)
  local value = branin(p)
  return value > 80 and 0 / 0 or value
end

local function plane()
  return { x = uniform(-5, 10), y = uniform(0, 15) }
end

local FUNCTIONS = {
  { "branin", branin, plane },
  { "hartmann6", hartmann6, function() return cube(6, 0, 1) end },
  { "lr_curve", lr_curve, function() return { lr = loguniform(1e-5, 1) } end, noise = 0.05 },
  { "mixed", mixed, function()
    return {
      optimizer = search.choice {
        { name = "sgd", lr = loguniform(1e-4, 1), momentum = uniform(0, 0.99) },
        { name = "adam", lr = loguniform(1e-5, 1e-1) },
        { name = "rmsprop", lr = loguniform(1e-5, 1e-1) },
      },
      units = logint(8, 512), layers = int(1, 5), dropout = uniform(0, 0.6),
      activation = search.choice { "relu", "tanh", "gelu" },
    }
  end },
  { "ackley5", ackley5, function() return cube(5, -15, 30) end },
  { "rosenbrock4", rosenbrock4, function() return cube(4, -2, 2) end },
  { "levy4", levy4, function() return cube(4, -10, 10) end },
  { "camel", camel, function() return { x = uniform(-3, 3), y = uniform(-2, 2) } end },
  { "noisy_ints", noisy_ints, function()
    return { a = int(0, 20), b = logint(1, 1000), x = uniform(-1, 1), y = uniform(-1, 1) }
  end, noise = 0.1 },
  { "hole", hole, plane },
}

-- Two uniform numbers to a normal one; the noise of a study does not depend on the points.
local function normal()
  return sqrt(-2 * math.log(1 - math.random())) * cos(2 * pi * math.random())
end

local function study(case, strategy, seed, trials)
  math.randomseed(1000 * seed + 7)
  local lowest, found = math.huge, math.huge
  search.minimize {
    space = case[3](), strategy = strategy, seed = seed, trials = trials,
    objective = function(p)
      local true_value = case[2](p)
      local seen = true_value + (case.noise or 0) * normal()
      if seen < lowest then
        lowest, found = seen, true_value
      end
      return seen
    end,
  }
  return found, lowest
end

local function median_seconds(strategy, trials)
  local times = {}
  local last = os.clock()
  search.minimize {
    space = cube(6, 0, 1), strategy = strategy, seed = 1, trials = trials,
    objective = function(p, number)
      if number >= trials - 10 then
        times[#times + 1] = os.clock() - last
      end
      local value = hartmann6(p)
      last = os.clock()
      return value
    end,
  }
  table.sort(times)
  return times[#times // 2 + 1]
end

local MOST = 2000

-- Values of random points, sorted, and the unit point of the best.
local function random_points(case)
  local space = spaces.collect(case[3]())
  local values, best, at = {}, math.huge, nil
  for number = 0, MOST - 1 do
    local point = space.native:propose({ strategy = "random", seed = 99 }, {}, number)
    local value = case[2](spaces.resolve(case[3](), space:params(point)))
    value = value == value and value or math.huge
    values[#values + 1] = value
    if value < best then
      best, at = value, space.native:unit(point)
    end
  end
  table.sort(values)
  return values, at
end

-- The case's space with priors that are so far, in shares of the range, from `at`.
local function with_priors(case, at, off)
  local root = case[3]()
  local space = spaces.collect(root)
  local units = {}
  for i, u in ipairs(at) do
    units[i] = u + off < 1 and u + off or math.max(0, u - off)
  end
  local point = space.native:point(units)
  for i, d in ipairs(space.dims) do
    if not d.labels and not d.parent and point[i] then
      root[d.name] = options.with(d.dim, { prior = point[i] })
    end
  end
  return root
end

local function rank(values, x)
  local n = 0
  for _, v in ipairs(values) do
    n = n + (v < x and 1 or 0)
  end
  return n / #values
end

-- Ranks of the best of the first third and of all trials.
local function ranks_of(case, root, strategy, seed, trials, values)
  math.randomseed(1000 * seed + 7)
  local lowest, found, early = math.huge, math.huge, nil
  search.minimize { space = root, strategy = strategy, seed = seed, trials = trials,
    objective = function(p, number)
      local true_value = case[2](p)
      local seen = true_value + (case.noise or 0) * normal()
      if seen < lowest then
        lowest, found = seen, true_value
      end
      early = number < trials // 3 and found or early
      return seen
    end }
  return rank(values, early), rank(values, found)
end

local function priors(seeds, trials, only)
  for _, case in ipairs(FUNCTIONS) do
    if not only or ("," .. only .. ","):find("," .. case[1] .. ",", 1, true) then
      local values, at = random_points(case)
      for _, name in ipairs { "random", "sobol", "tpe", "bayes" } do
        for _, kind in ipairs { { "none" }, { "good", 0.1 }, { "wrong", 0.5 } } do
          local root = kind[2] and with_priors(case, at, kind[2]) or case[3]()
          local early, late = 0, 0
          for seed = 1, seeds do
            local a, b = ranks_of(case, root, name, seed, trials, values)
            early, late = early + a / seeds, late + b / seeds
          end
          print(("%s\t%s\t%s\t%.4f\t%.4f"):format(case[1], name, kind[1], early, late))
        end
      end
    end
  end
end

if arg[1] == "priors" then
  priors(tonumber(arg[2] or 10), tonumber(arg[3] or 30), arg[4])
  os.exit(0, true)
end
if arg[1] ~= "study" then
  for _, name in ipairs { "bayes", "tpe" } do
    print(("%s: %.1f ms per proposal, trials 991 to 1,000 (median)"):format(name,
      1000 * median_seconds(name, 1000)))
  end
  os.exit(0, true)
end
local seeds, trials, only = tonumber(arg[2] or 20), tonumber(arg[3] or 40), arg[4]
for _, case in ipairs(FUNCTIONS) do
  if not only or ("," .. only .. ","):find("," .. case[1] .. ",", 1, true) then
    for _, name in ipairs { "bayes", "tpe", "random", "sobol" } do
      for seed = 1, seeds do
        print(("%s\t%s\t%d\t%.12g\t%.12g"):format(case[1], name, seed,
          study(case, name, seed, trials)))
      end
    end
  end
end
