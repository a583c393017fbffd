-- How good advice on the learning rate is: its regret beside other ways to come by a rate, on tasks
-- whose truth is known (tests/bench/advice/truth.csv).
--
-- The truth of a task is its best validation loss at 19 rates from 1e-5 to 10^0.4 in steps of
-- 10^0.3, over seeds 1 to 3; its best is that of the mean curve smoothed 1 2 1 over neighbouring
-- rates, so that one lucky run is no truth. Regret of a rate: (mean of the best validation loss
-- over the same three seeds - best) / best; infinite where one of them diverges. The constants of
-- advise/policy.lua and advise/process.lua were chosen with all tasks in view but those whose name
-- begins with `unseen`: these were written before the last change of constants, looked at after it,
-- and nothing was changed for them. Who changes a constant while looking at them takes the prefix
-- away and writes others.
--
-- Usage (from the project's folder; data sets in LRRUN_DATA):
--   lrrun --trusted tests/bench/advice.lua truth TASK...          lines of truth.csv
--   lrrun --trusted tests/bench/advice.lua run TASK [SEEDS [advise]]   JSON lines: rates and
--                                                      regrets, of advice alone or all ways
--   lrrun --trusted tests/bench/advice.lua table FILE             the table from such lines
--   lrrun --trusted tests/bench/advice.lua notes TASK...          what runs at the best rate say
-- `make bench-advice` does all tasks, or TASKS="a b", on JOBS processes; SEEDS=10 also asks for
-- advice with other seeds of each recipe, to see what they make of it and how often the interval
-- holds the best rate; WAYS=advise leaves the other ways out. Tables are of seed 1.

local FOLDER = "tests/bench/advice/"
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

package.loaded.census = dofile(FOLDER .. "census.lua") -- tasks require it

local RATES, FIRST, GAP = 19, -5, 0.3
local SEEDS = 3
local TRIALS = 15
local INF = math.huge

local function load(task)
  return resolve.for_run(dofile(FOLDER .. task .. ".lua"))
end

local function grid(i)
  return tonumber(("%.6g"):format(10 ^ (FIRST + GAP * (i - 1))))
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

local function mean(loss, lr)
  local sum = 0
  for seed = 1, SEEDS do
    sum = sum + loss(lr, seed)
  end
  return sum / SEEDS
end

local function truth(tasks)
  print "task,lr,loss of seed 1,seed 2,seed 3"
  for _, task in ipairs(tasks) do
    local loss = measuring(load(task))
    for i = 1, RATES do
      local row = { task, ("%g"):format(grid(i)) }
      for seed = 1, SEEDS do
        row[#row + 1] = ("%.6g"):format(loss(grid(i), seed))
      end
      print(table.concat(row, ","))
    end
  end
end

-- { best = loss, at = rate, flat = whether rates a factor of ten apart, with that between them,
-- differ by less than seeds do } of a task.
local function known_of(task)
  local means, spreads = {}, {}
  for line in io.lines(FOLDER .. "truth.csv") do
    local name, rest = line:match "^([%w_]+),[^,]+,(.*)$"
    if name == task then
      local sum, square = 0, 0
      for text in rest:gmatch "[^,]+" do
        sum = sum + tonumber(text == "inf" and INF or text) / SEEDS
      end
      for text in rest:gmatch "[^,]+" do
        square = square + (tonumber(text == "inf" and INF or text) - sum) ^ 2
      end
      means[#means + 1], spreads[#spreads + 1] = sum, math.sqrt(square / (SEEDS - 1))
    end
  end
  assert(#means == RATES, "truth.csv has no " .. task)
  local best, at = INF, nil
  for i = 1, RATES do
    local smooth = (means[math.max(1, i - 1)] + 2 * means[i] + means[math.min(RATES, i + 1)]) / 4
    if smooth < best then
      best, at = smooth, i
    end
  end
  local first, last = at, at
  while first > 1 and means[first - 1] - best < spreads[at] do
    first = first - 1
  end
  while last < RATES and means[last + 1] - best < spreads[at] do
    last = last + 1
  end
  return { best = best, at = grid(at), flat = grid(last) / grid(first) >= 10 }
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
    space = { lr = search_module.loguniform(grid(1), grid(RATES)) }, trials = TRIALS, seed = seed,
    strategy = search_module.bayes(),
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

local function advice_of(r, seed, budget)
  local fine, found = pcall(train.advise, options.with(r, { seed = seed }), { budget = budget })
  return fine and { lr = found.suggestion, cost = found.spent_runs, low = found.interval.low,
    high = found.interval.high, flat = found.flat, expected = found.expected,
    seconds = found.seconds } or { error = tostring(found), cost = budget }
end

local function run(task, seeds, advice_alone)
  local r, known = load(task), known_of(task)
  local loss = measuring(r)
  local rows = {}
  local function add(item)
    item.task = task
    if item.lr then
      item.regret = math.min(1e9, mean(loss, item.lr) / known.best - 1)
    end
    rows[#rows + 1] = item
  end
  for _, budget in ipairs { 3, 1 } do
    for seed = 1, seeds do
      local item = advice_of(r, seed, budget)
      item.name, item.seed = ("advise, budget %d"):format(budget), seed
      item.holds = item.lr and item.low <= known.at * 1.001 and item.high >= known.at * 0.999
      item.truly_flat = known.flat
      add(item)
    end
  end
  for _, item in ipairs(advice_alone and {} or others(r, loss)) do
    add(item)
  end
  if not advice_alone then
    loss = measuring(options.with(r, { optimizer = optim.adam { lr = 1e-3 } }))
    add { name = "Adam at 1e-3", lr = 1e-3, cost = 0 }
  end
  for _, item in ipairs(rows) do
    print(json.encode(item))
  end
end

local function quantile(list, q)
  return #list > 0 and list[math.max(1, math.ceil(q * #list))] or 0 / 0
end

local function share(list, limit)
  local n = 0
  for _, value in ipairs(list) do
    n = n + (value <= limit and 1 or 0)
  end
  return ("%d of %d"):format(n, #list)
end

local function percent(x)
  return x ~= x and "-" or x >= 1e3 and "diverges" or ("%.1f %%"):format(100 * x)
end

-- One line of the table: of all rows of a name.
local function line(name, rows)
  local regrets, costs, none = {}, {}, 0
  for _, item in ipairs(rows) do
    if (item.seed or 1) == 1 then
      regrets[#regrets + 1] = item.lr and item.regret or INF
      costs[#costs + 1] = item.cost
      none = none + (item.lr and 0 or 1)
    end
  end
  table.sort(regrets)
  table.sort(costs)
  local answered = table.move(regrets, 1, #regrets - none, 1, {})
  return ("| %s | %s | %s | %s | %s | %s | %d | %.2g |"):format(name,
    percent(quantile(answered, 0.5)), percent(quantile(answered, 0.9)),
    percent(quantile(answered, 1)), share(regrets, 0.03), share(regrets, 0.05), none,
    quantile(costs, 0.5))
end

local function read(file)
  local order, by_name = {}, {}
  for text in io.lines(file) do
    local item = json.decode(text)
    local set = item.task:find "^unseen" and "unseen" or "seen"
    for _, key in ipairs { "all/" .. item.name, set .. "/" .. item.name } do
      if not by_name[key] then
        order[#order + 1], by_name[key] = key, {}
      end
      table.insert(by_name[key], item)
    end
  end
  return order, by_name
end

-- Of all seeds: regrets; how often the interval holds the best, and tasks are said to be flat.
local function over_seeds(rows)
  local regrets, holds, flat, told, wrong = {}, 0, 0, 0, 0
  for i, item in ipairs(rows) do
    regrets[i], holds = item.lr and item.regret or INF, holds + (item.holds and 1 or 0)
    flat = flat + (item.truly_flat and 1 or 0)
    told = told + (item.truly_flat and item.flat and 1 or 0)
    wrong = wrong + (item.flat and not item.truly_flat and 1 or 0)
  end
  table.sort(regrets)
  return ("over all seeds: median %s, nine tenths within %s, worst %s, within 3 %% %s; the "
    .. "interval holds the best rate in %d of %d; flat is said in %d of %d where it is so, in %d "
    .. "of %d others"):format(
    percent(quantile(regrets, 0.5)), percent(quantile(regrets, 0.9)), percent(quantile(regrets, 1)),
    share(regrets, 0.03), holds, #rows, told, flat, wrong, #rows - flat)
end

-- What the tasks of a set gave.
local function print_set(set, order, by_name)
  print(("\n%s tasks\n\n| way | median regret | nine tenths within | worst | within 3 %% | "
    .. "within 5 %% | no answer | runs |\n|---|---|---|---|---|---|---|---|"):format(set))
  for _, key in ipairs(order) do
    if key:find("^" .. set .. "/") then
      print(line(key:sub(#set + 2), by_name[key]))
    end
  end
  for _, budget in ipairs { 3, 1 } do
    print(("\nbudget %d, %s"):format(budget,
      over_seeds(by_name[("%s/advise, budget %d"):format(set, budget)])))
  end
end

local function tables(file)
  local order, by_name = read(file)
  for _, set in ipairs { "seen", "unseen", "all" } do
    if by_name[set .. "/advise, budget 3"] then
      print_set(set, order, by_name)
    end
  end
end

-- What runs at a task's best rate say of themselves (lrrun.notes): nothing, or what is true of the
-- task all the same.
local function notes(task)
  local known = known_of(task)
  local r = load(task)
  for seed = 1, SEEDS do
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
  truth { table.unpack(arg, 2) }
elseif mode == "notes" then
  for i = 2, #arg do
    notes(arg[i])
  end
elseif mode == "run" then
  run(arg[2], tonumber(arg[3]) or 1, arg[4] == "advise")
else
  tables(arg[2])
end
