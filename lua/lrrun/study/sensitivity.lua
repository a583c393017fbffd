--- The loss over the rate: what `lrrun sensitivity` asks a study of the kind grid.lua for, which
--- folder goes on with it, and what its trials come to. Layer: study.

local about = require "lrrun.study.about"
local advice = require "lrrun.study.advice"
local current = require "lrrun.util.current"
local execute = require "lrrun.runs.execute"
local evaluate = require "lrrun.train.evaluate"
local grid = require "lrrun.study.grid"
local json = require "lrrun.record.json"
local next_folder = require "lrrun.record.next_folder"
local options = require "lrrun.util.options"
local rate = require "lrrun.advise.rate"
local same_data = require "lrrun.study.same_data"
local seal = require "lrrun.record.seal"
local study = require "lrrun.study.study"
local subject = require "lrrun.advise.subject"
local unfinished = require "lrrun.study.unfinished"

local sensitivity = {
  --- What a study leaves in its folder once all of it is trained.
  RESULT = "sensitivity.json",
}

local WHO = "sensitivity"
local NEAR = 0.05 -- share above the best loss that still counts as good

--- Puts the recipe of each variant into it, and where its changes are in the recipe as it is
--- written; gives the variants. Raises at "--set ..." where a value of --with cannot be set.
---@param r table the resolved recipe
---@param value table the recipe's value
---@param o table as for open
function sensitivity.prepare(r, value, o)
  local list = o.variants or { { name = r.opts.optimizer.kind:match "[^.]+$", changes = {} } }
  local path = advice.paths(value)
  for _, of in ipairs(list) do
    of.recipe = subject.changed(r, of.changes)
    rate.check(of.recipe, WHO)
    local changes = {}
    for i, item in ipairs(of.changes) do
      changes[i] = { path = path(item.path), text = item.text }
    end
    of.path = path
    of.inner = changes[1] and advice.paths(subject.changed(value, changes)) or path
  end
  return list
end

-- A recipe whose rate is a word, as "range", with a rate: none is found for what needs none.
local function with_rate(r)
  if type(r.opts.optimizer.opts.lr) ~= "string" then
    return r
  end
  return options.with(r, { optimizer = options.with(r.opts.optimizer, { lr = rate.TYPICAL }) })
end

-- The loss of a recipe before anything is learned, whether it has a validation split, and its data.
local function untrained(r, seed, data_seed, dataset)
  local changes = { seed = seed }
  changes.data = data_seed and options.with(r.opts.data, { seed = data_seed }) or nil
  local run <close> = execute.begin(options.with(with_rate(r), changes),
    { record = false, quiet = true, dataset = dataset })
  rate.check_functions(r, run.clock, WHO)
  local has_val = run.val_split ~= nil
  return has_val and evaluate.run(run, "val").loss or nil, has_val, run.dataset
end

-- What is to be known before the trials: losses before training are means over the seeds.
local function begin(list, o, data_seed)
  local initial, has_val, open = {}, false, nil
  for i, of in ipairs(list) do
    local sum = 0
    for seed = 0, o.seeds - 1 do
      local loss, data
      loss, has_val, data = untrained(of.recipe, of.recipe.opts.seed + seed, data_seed, open)
      sum, open = sum + (loss or 0 / 0), not (o.path or ""):find "^data" and data or nil
    end
    initial[i] = sum / o.seeds
    if initial[i] ~= initial[i] or initial[i] == math.huge then
      return { has_val = has_val }
    end
  end
  local monitor = subject.monitor(list[1].recipe, has_val)
  return { has_val = has_val, initial = monitor == "val_loss" and initial or nil }
end

--- Opens the study: one that goes on, or a new one.
-- o: from, to, points, seeds; with = the text of --with, or nil; variants = of variants.parse, or
-- nil for the recipe as it is.
---@param list table[] of prepare
---@param r table the resolved recipe
---@param o table
---@return table study, string? note about damage
function sensitivity.open(list, r, o)
  local data_seed = subject.data_seed(r)
  local request = about.request_of(data_seed)
  local identity = seal.sha256(json.encode { about.identity(request), o.with or "", o.from, o.to,
    o.points, o.seeds })
  local name = r.opts.name or current.request().name or "run"
  local out_dir = current.request().out_dir
  local found -- before there is a folder: what is wrong with the recipe leaves none
  local base = name .. "-sensitivity"
  local folder = unfinished.find(out_dir, base, sensitivity.RESULT, identity)
  if not folder then
    found = begin(list, o, data_seed)
    folder = next_folder.next(out_dir, base)
  end
  local opened = study.open {
    who = WHO, name = name, folder = folder, identity = identity, space = grid.space(),
    variants = list, kind = grid.kind(o, function()
      return found or begin(list, o, data_seed)
    end),
  }
  return opened, about.write(folder, name, request, opened.set.kept.defaults,
    same_data.check(WHO, folder, with_rate(r), data_seed))
end

-- The mean over seeds; nil where one of them has none: it diverged, or has not ended.
local function mean_of(values, seeds)
  local sum = 0
  for i = 1, seeds do
    if not values[i] then
      return nil
    end
    sum = sum + values[i]
  end
  return sum / seeds
end

-- The standard deviation over seeds; nil of fewer than two of them, or where one has no loss.
local function spread_of(values, seeds, mean)
  if seeds < 2 or not mean then
    return nil
  end
  local squares = 0
  for i = 1, seeds do
    squares = squares + (values[i] - mean) ^ 2
  end
  return math.sqrt(squares / (seeds - 1))
end

-- The curve smoothed 1 2 1 over neighbouring rates, so that one lucky seed makes no best rate; nil
-- where a point has no loss. A neighbour that diverged has the loss before training, where it is
-- known, and so has one above it.
local function smoothed(points, initial)
  local function at(i)
    local loss = points[i].loss or initial
    return loss and math.min(loss, initial or math.huge)
  end
  local out = {}
  for i, point in ipairs(points) do
    local own = point.loss and at(i)
    out[i] = own and ((at(math.max(1, i - 1)) or own) + 2 * own
      + (at(math.min(#points, i + 1)) or own)) / 4 or false
  end
  return out
end

-- How far the smoothed curve stays within NEAR of its best, on straight lines over log lr.
-- open_low, open_high: to the grid's end.
local function band_of(points, smooth, at, sign)
  local limit = sign * smooth[at] + NEAR * math.abs(smooth[at])
  local function edge(step)
    local i = at
    while smooth[i + step] and sign * smooth[i + step] <= limit do
      i = i + step
    end
    local inner, outer = points[i], points[i + step]
    if not outer then
      return inner.lr, true
    elseif not smooth[i + step] then
      return inner.lr, false
    end
    local share = (limit - sign * smooth[i]) / (sign * smooth[i + step] - sign * smooth[i])
    return inner.lr * (outer.lr / inner.lr) ^ share, false
  end
  local low, open_low = edge(-1)
  local high, open_high = edge(1)
  return { low = low, high = high, factor = high / low, open_low = open_low, open_high = open_high }
end

-- Wortsman et al., arXiv 2309.14322, section 2.1: the mean over the rates of the loss, or of that
-- before training where this is lower, above the best one.
local function number_of(points, best, initial)
  local sum = 0
  for _, point in ipairs(points) do
    sum = sum + math.min(point.loss or initial, initial) - best
  end
  return sum / #points
end

-- What the points of a variant come to.
local function sum_up(row, sign)
  local smooth, at, least = smoothed(row.points, row.initial), nil, math.huge
  for i, point in ipairs(row.points) do
    local better = smooth[i] and (not at or sign * smooth[i] < sign * smooth[at])
    at = better and i or at
    least = math.min(least, point.loss or least)
  end
  if at then
    row.best = { lr = row.points[at].lr, loss = row.points[at].loss }
    row.band = band_of(row.points, smooth, at, sign)
    row.sensitivity = row.initial and number_of(row.points, least, row.initial) or nil
  end
  return row
end

-- The points of variant `choice`: { lr, loss = mean over seeds, spread = their standard deviation,
-- losses, states }.
local function points_of(opened, o, choice)
  local points = json.array {}
  for i = 0, o.points - 1 do
    local point = { lr = grid.rate(o, i), losses = json.array {}, states = json.array {} }
    for seed = 0, o.seeds - 1 do
      local trial = opened.trials[((choice - 1) * o.points + i) * o.seeds + seed]
      local state = trial and (trial.ended or trial.state) or "missing"
      point.states[seed + 1] = state
      point.losses[seed + 1] = state == "complete" and trial.value or json.null
    end
    local values = {}
    for k, loss in ipairs(point.losses) do
      values[k] = loss ~= json.null and loss or false
    end
    point.loss = mean_of(values, o.seeds)
    point.spread = spread_of(values, o.seeds, point.loss)
    points[i + 1] = point
  end
  return points
end

--- The clock of the variants' runs, which take as many updates.
---@param list table[] of prepare
---@return table
function sensitivity.clock(list)
  local run <close> = execute.begin(with_rate(list[1].recipe), { record = false, quiet = true })
  return run.clock
end

--- What came of it, as --json has it: { run, name, monitor, mode, from, to, seeds, with,
--- variants = list of { name, points, initial, best, band, sensitivity, transfer } }.
---@param opened table
---@param o table as for open
---@param factors number[]? how the best rate of each variant's schedule compares, by its shape
function sensitivity.result(opened, o, factors)
  local initial, rows = opened.set.kept.rates.initial, json.array {}
  for i, of in ipairs(opened.set.variants) do
    rows[i] = sum_up({ name = of.name, points = points_of(opened, o, i),
      initial = initial and initial[i], transfer = factors and factors[i] }, opened.set.sign)
  end
  return { run = opened.folder, name = opened.name, monitor = opened.set.monitor,
    mode = opened.set.kept.mode, from = o.from, to = o.to, seeds = o.seeds, with = o.with,
    variants = rows }
end

return sensitivity
