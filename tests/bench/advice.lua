-- How good advice on the learning rate is: its regret beside other ways to come by a rate, on tasks
-- whose truth is known (tests/bench/advice/truth.csv).
--
-- The truth of a task is its best validation loss at 19 rates from 1e-5 to 10^0.4 in steps of
-- 10^0.3, over seeds 1 to 3, and 1 to 12 of the tasks whose runs take less than 0.4 s (where 107
-- wines validate, the mean of three is known to 40 %); its best is that of the mean curve smoothed
-- 1 2 1 over neighbouring rates, so that one lucky run is no truth. Regret of a rate: (mean of the
-- best validation loss over the same seeds - best) / best; infinite where one of them diverges.
--
-- The constants of advise/policy.lua and advise/process.lua were chosen with all tasks in view but
-- those whose name begins with `unseen`: these were written before the last change of constants,
-- looked at after it, and nothing was changed for them. Who changes a constant while looking at
-- them takes the prefix away and writes others.
--
-- Usage (from the project's folder; data sets in LRRUN_DATA):
--   lrrun --trusted tests/bench/advice.lua truth TASK[=SEEDS]...  lines of truth.csv
--   lrrun --trusted tests/bench/advice.lua run TASK [SEEDS [advise|others|all [read]]]   JSON
--              lines: rates, regrets and trainings of advice, of the other ways or of all. With
--              `read` regrets, and what the fifteen trials of `bayes` come to, are not trained but
--              read off the truth, whose log loss is a line over log rate between its rates: at a
--              quarter of the cost, to compare two versions (one rate's regret is then off by some
--              percent where seeds differ by more)
--   lrrun --trusted tests/bench/advice.lua replay FILE            such lines again, as the answer
--              of today would have been after the same trainings (lrrun.advise.curve)
--   lrrun --trusted tests/bench/advice.lua table FILE             the table from such lines
--   lrrun --trusted tests/bench/advice.lua notes TASK...          what runs at the best rate say
-- `make bench-advice` does all tasks, or TASKS="a b", on JOBS processes; SEEDS=10 also asks for
-- advice with other seeds of each recipe, to see what they make of it and how often the interval
-- holds the best rate; WAYS="advise read" and the like as above. Tables are of seed 1.

local FOLDER = "tests/bench/advice/"
local curve = require "lrrun.advise.curve"
local execute = require "lrrun.runs.execute"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local prepare = require "lrrun.train.prepare"
local range = require "lrrun.range"
local rate = require "lrrun.advise.rate"
local request = require("lrrun.util.current").request
local resolve = require "lrrun.recipe.resolve"
local search_module = require "lrrun.search"
local subject = require "lrrun.advise.subject"
local finder = dofile(FOLDER .. "finder.lua")
local tables = dofile(FOLDER .. "tools/tables.lua")
local truth = dofile(FOLDER .. "tools/truth.lua")

package.loaded.census = dofile(FOLDER .. "census.lua") -- tasks require it

local TRIALS = 15
local NEAR = 10 ^ 0.05 -- half of what lies between two rates of a curve
local INF = math.huge

local function load(task)
  return resolve.for_run(dofile(FOLDER .. task .. ".lua"))
end

-- Loss of whole runs of a recipe, by rate and seed, each trained once: f(lr, seed).
local function measuring(r)
  local known, sets = {}, {}
  return function(lr, seed)
    local key = ("%.17g/%d"):format(lr, seed)
    if not known[key] then
      local of_seed = options.with(r, { seed = seed })
      local result
      result, sets[seed] = subject.measure(of_seed, { lr = lr, share = 1, seed = 0 }, sets[seed])
      known[key] = result.state == "complete" and result.loss or INF
    end
    return known[key]
  end
end

local function mean(loss, lr, seeds)
  local sum = 0
  for seed = 1, seeds do
    sum = sum + loss(lr, seed)
  end
  return sum / seeds
end

local function print_truth(tasks)
  print "task,lr,loss of seed 1,seed 2,seed 3 ..."
  for _, item in ipairs(tasks) do
    local task, seeds = item:match "^(.-)=(%d+)$"
    task, seeds = task or item, tonumber(seeds or truth.SEEDS)
    local loss = measuring(load(task))
    for i = 1, truth.RATES do
      local row = { task, ("%g"):format(truth.rate(i)) }
      for seed = 1, seeds do
        row[#row + 1] = ("%.6g"):format(loss(truth.rate(i), seed))
      end
      print(table.concat(row, ","))
    end
  end
end

-- Rates of fastai's rules, on our own sweep of a recipe.
local function finder_rates(r)
  local now
  local swept = options.with(r, { schedule = schedule.fn(function()
    return now
  end) }, { "stop" })
  now = 0
  local run <close> = prepare.run(swept, { data_dir = request().data_dir,
    recipe_dir = request().recipe_dir, threads = request().threads })
  local step = 0
  return finder.rates(function(lr)
    now = lr
    prepare.feed(run, step, {})
    local loss, _, finite = run.session:step()
    step = step + 1
    return finite and loss == loss and math.abs(loss) < INF and loss or nil
  end)
end

-- The best of as many trials of our Bayesian search, whole runs all.
local function bayes_rate(loss, seed)
  local found = search_module.minimize {
    space = { lr = search_module.loguniform(truth.rate(1), truth.rate(truth.RATES)) },
    trials = TRIALS, seed = seed, strategy = search_module.bayes(),
    objective = function(values)
      return loss(values.lr, 1)
    end,
  }
  return found.best.params.lr
end

-- Other ways to a rate, beside advice: list of { name, rate or nil, runs that it costs }.
local function others(r, loss)
  local list = {}
  local function add(name, lr, cost)
    list[#list + 1] = { name = name, lr = lr, cost = cost }
  end
  add("the recipe's own rate", rate.of(r), 0)
  local fine, found = pcall(range.of, r)
  found = fine and found or { suggestions = {} }
  add("range test", found.suggestion, 0)
  for _, name in ipairs { "valley", "slide", "minimum", "steep" } do
    add("range test, " .. name, found.suggestions[name], 0)
  end
  local rules = finder_rates(r) or {}
  for _, name in ipairs { "valley", "slide", "minimum", "steep" } do
    add("finder (fastai), " .. name, rules[name], 0)
  end
  add("bayes, 15 trials", bayes_rate(loss, 0), TRIALS)
  return list
end

-- What is kept of a training, for `replay`.
local function point_of(p)
  return { lr = p.lr, share = p.share, seed = p.seed, loss = p.loss, state = p.state,
    own_split = p.own_split or nil }
end

local function advice_of(r, seed, budget)
  local fine, found = pcall(train.advise, options.with(r, { seed = seed }), { budget = budget })
  if not fine then
    return { error = tostring(found), cost = budget }
  end
  local points = {}
  for i, p in ipairs(found.points) do
    points[i] = point_of(p)
  end
  return { lr = found.suggestion, cost = found.spent_runs, low = found.interval.low,
    high = found.interval.high, flat = found.flat, unresolved = found.unresolved,
    expected = found.expected, spread = found.spread, seconds = found.seconds, points = points }
end

-- Of the truth's rates that were tried and left out of those that cannot be told apart: how many
-- there are, and how many are worse than the suggestion.
local function left_out(item, known)
  local low, high, n, worse = INF, 0, 0, 0
  for _, p in ipairs(item.unresolved and item.points or {}) do
    low, high = math.min(low, p.loss and p.lr or low), math.max(high, p.loss and p.lr or high)
  end
  local function of(lr)
    return mean(function(x, seed)
      return known:loss(x, seed)
    end, lr, known.seeds)
  end
  for i = 1, truth.RATES do
    local lr, u = truth.rate(i), item.unresolved
    if lr >= low and lr <= high and (lr < u.low or lr > u.high) then
      n, worse = n + 1, worse + (of(lr) > of(item.lr) and 1 or 0)
    end
  end
  return n, worse
end

-- What the truth says of an answer. loss: of a rate and seed, of which it takes the mean.
local function judge(item, known, loss)
  if item.lr then
    item.regret = math.min(1e9, mean(loss, item.lr, known.seeds) / known.best - 1)
    item.holds = item.low and item.low <= known.at * 1.001 and item.high >= known.at * 0.999
  end
  item.truly_flat, item.unseen = known.flat, item.task:find "^unseen" ~= nil
  item.among = item.unresolved and item.unresolved.low <= known.at * NEAR
    and item.unresolved.high >= known.at / NEAR
  item.left_out, item.worse = left_out(item, known)
end

local function run(task, seeds, ways, is_read)
  local r, known, rows = load(task), truth.of(task), {}
  local loss = is_read and function(lr, seed)
    return known:loss(lr, seed)
  end or measuring(r)
  local function add(item, of)
    item.task = task
    judge(item, known, of or loss)
    rows[#rows + 1] = item
  end
  for _, budget in ipairs(ways == "others" and {} or { 3, 1 }) do
    for seed = 1, seeds do
      local item = advice_of(r, seed, budget)
      item.name, item.seed = ("advise, budget %d"):format(budget), seed
      add(item)
    end
  end
  for _, item in ipairs(ways == "advise" and {} or others(r, loss)) do
    add(item)
  end
  if ways ~= "advise" then
    add({ name = "Adam at 1e-3", lr = 1e-3, cost = 0 },
      measuring(options.with(r, { optimizer = optim.adam { lr = 1e-3 } })))
  end
  for _, item in ipairs(rows) do
    print(json.encode(item))
  end
end

-- The answers of today after the trainings of then.
local function replay(file)
  for text in io.lines(file) do
    local item = json.decode(text)
    if item.points then
      local results = {}
      for i, p in ipairs(item.points) do
        results[i] = point_of(p)
        results[i].seed, results[i].cost = p.seed - item.seed, p.share
      end
      local budget = tonumber(item.name:match "%d+$")
      local found = curve.answer { results = results, spent = item.cost,
        o = { budget = budget, length = 1000 } }
      item.lr, item.low, item.high = found.suggestion, found.interval.low, found.interval.high
      item.flat, item.unresolved = found.flat, found.unresolved
      item.expected, item.spread = found.expected, found.spread
      local known = truth.of(item.task)
      judge(item, known, function(lr, seed)
        return known:loss(lr, seed)
      end)
    end
    print(json.encode(item))
  end
end

-- What runs at a task's best rate say of themselves (lrrun.notes): nothing, or what is true of the
-- task all the same.
local function notes(task)
  local known, r = truth.of(task), load(task)
  for seed = 1, truth.SEEDS do
    local whole = subject.recipe(options.with(r, { seed = seed }), { lr = known.at, share = 1,
      seed = 0 })
    local own <close> = execute.begin(whole, { record = false, quiet = true })
    local result = execute.train(own, { step = 0, epoch = 0 }, { quiet = true })
    for _, note in ipairs(result.notes) do
      print(("%s,%g,%d,%s,%s"):format(task, known.at, seed, note.kind, note.text))
    end
    print(("%s,%g,%d,%d notes"):format(task, known.at, seed, #result.notes))
  end
end

local mode = arg[1]
if mode == "truth" then
  print_truth { table.unpack(arg, 2) }
elseif mode == "notes" then
  for i = 2, #arg do
    notes(arg[i])
  end
elseif mode == "run" then
  run(arg[2], tonumber(arg[3]) or 1, arg[4], arg[5] == "read")
elseif mode == "replay" then
  replay(arg[2])
else
  tables.print(arg[2])
end
