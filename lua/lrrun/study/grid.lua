--- The kind of study that trains a recipe, or several variants of it, at every rate of a grid,
--- with the same seeds at each. All is known before it begins: any number of workers comes to the
--- same. Layer: study.

local advice = require "lrrun.study.advice"
local defaults = require "lrrun.runs.defaults"
local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local sequence = require "lrrun.study.sequence"
local subject = require "lrrun.advise.subject"

local grid = {}

local FORMAT = 1

--- The i-th of the grid's rates, from 0; six digits are plenty, and are the same everywhere.
---@param o { from: number, to: number, points: integer }
---@param i integer
function grid.rate(o, i)
  return tonumber(("%.6g"):format(o.from * (o.to / o.from) ^ (i / (o.points - 1))))
end

--- What trial `number` is: { choice = which variant, lr, seed = which one, from 0 }.
function grid.place(o, number)
  local point = number // o.seeds
  return { choice = point // o.points + 1, lr = grid.rate(o, point % o.points),
    seed = number % o.seeds, share = 1 }
end

-- Settings of a new study.
local function first(cfg, o, found)
  local monitor, sign = subject.monitor(cfg.variants[1].recipe, found.has_val)
  return {
    format = FORMAT, identity = cfg.identity, seed = cfg.variants[1].recipe.opts.seed, lag = 0,
    strategy = { kind = "search.rates" }, monitor = monitor, mode = sign == 1 and "min" or "max",
    trials = #cfg.variants * o.points * o.seeds, rates = { initial = found.initial },
    defaults = defaults.NOW,
  }
end

--- The kind of a study: cfg.variants = list of { name, changes, recipe = resolved, path, inner } as
--- lrrun.study.advice has them; begin(monitors) finds what is to be known before the trials:
--- { has_val, initial = losses before training, one for each variant, or nil }.
---@param o { from: number, to: number, points: integer, seeds: integer }
---@param begin fun(): table
function grid.kind(o, begin)
  local kind = { drops_weights = true } -- nobody uses what was trained at a rate in passing

  function kind.settings(cfg, kept)
    local text = kept and json.encode(kept)
    if kept and (kept.format ~= FORMAT or kept.identity ~= cfg.identity or not kept.rates) then
      errors.raise(nil, "%s: %s holds trainings of another recipe (or of this one before a "
        .. "change)", cfg.who, cfg.folder)
    end
    kept = kept or first(cfg, o, begin())
    return { kept = kept, changed = json.encode(kept) ~= text, seed = kept.seed,
      sign = kept.mode == "max" and -1 or 1, monitor = kept.monitor, strategy = "rates",
      limit = kept.trials, trials = kept.trials, lag = 0, variants = cfg.variants }
  end

  function kind.sequence(study)
    return sequence.new { limit = study.set.limit, lag = 0, waits = false, sign = study.set.sign }
  end

  function kind.seed(seed, number)
    return seed + number % o.seeds
  end

  function kind.propose(study, job)
    local ask = grid.place(o, job.trial)
    local of, changes = study.set.variants[ask.choice], {}
    for _, item in ipairs(of.changes) do
      changes[#changes + 1] = of.path(item.path) .. "=" .. item.text
    end
    for _, item in ipairs(subject.changes(of.recipe, ask)) do
      changes[#changes + 1] = of.inner(item.path) .. "=" .. item.text
    end
    local params = { lr = ask.lr, choice = ask.choice }
    return { seed = kind.seed(study.set.seed, job.trial), params = params,
      point = study.space:point(params), changes = changes, choice = ask.choice }
  end

  function kind.ask(_, trial, _, work)
    work.params, work.changes = {}, trial.changes
  end

  function kind.check(study, trial)
    local ask = grid.place(o, trial.number)
    if trial.params.lr ~= ask.lr or trial.choice ~= ask.choice then
      errors.raise(nil, "sensitivity: trial %d of %s is not what this version of lrrun would try "
        .. "there; remove the folder to begin again", trial.number, study.folder)
    end
  end

  return kind
end

--- The space of such a study's trials, for the journal.
grid.space = advice.space

return grid
