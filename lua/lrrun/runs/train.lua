--- train: fit, evaluate, predict, range over a recipe, from the command line or a script.
-- Layer: runs.

local board = require "lrrun.train.board"
local captured = require "lrrun.train.captured"
local checkpoint = require "lrrun.runs.checkpoint"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local evaluate = require "lrrun.train.evaluate"
local events = require "lrrun.train.events"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local load_recipe = require "lrrun.recipe.resolve"
local loop = require "lrrun.train.loop"
local options = require "lrrun.util.options"
local outcome = require "lrrun.runs.outcome"
local predict = require "lrrun.train.predict"
local prepare = require "lrrun.train.prepare"
local progress = require "lrrun.train.progress"
local range = require "lrrun.range"
local record = require "lrrun.runs.folder"
local reload = require "lrrun.runs.reload"
local rollback = require "lrrun.runs.rollback"
local saver = require "lrrun.runs.saver"
local state_of = require "lrrun.runs.state"
local timer = require "lrrun.train.timer"
local weights = require "lrrun.record.weights"

local train = {}

local FIT = options.constructor {
  name = "train.fit",
  usage = "train.fit(RECIPE, { ... })",
  doc = "Trains a recipe and returns its result as a table.",
  keys = {
    { "record", "boolean", default = true, doc = "whether a run folder is written" },
    { "quiet", "boolean", default = false, doc = "prints no line for each epoch" },
  },
}

-- Why it ended, what is left to do, and the files of the end.
local function finish(run, state, keeper, reason)
  state.reason = reason
  run.digest = weights.digest(run.model.graph)
  if keeper and reason ~= "diverged" then
    keeper:save(state)
  end
  local has_best = run.session:finish(run.leaves == "best")
  local result = outcome.result(run, state, reason)
  result.weights = has_best and "best" or "last"
  if run.log then
    run.log:close()
    record.finish(run.folder, run.model.graph, result)
    keeper:prune()
  end
  return result
end

--- Trains `run` from `state` on (unless it had ended) and gives the result; weights end as
--- run.leaves says. opts: quiet; hook, a function(run, state) after each update.
---@param run table
---@param state table
---@param opts { quiet: boolean?, hook: function?, epoch_hook: function? }
function train.execute(run, state, opts)
  local out = current.out()
  run.log = run.folder and record.log(run.folder, run.keep_log)
  run.first_step = state.step
  local keeper = run.folder and saver.new(run)
  local hooks = { step = { opts.hook }, epoch = { outcome.log_hook(run.log), opts.epoch_hook } }
  hooks.rollback = rollback.new(run, state)
  hooks.after = { hooks.rollback }
  table.insert(hooks.after, keeper) -- last: a checkpoint has what the others did
  local on_board, board_ends = board.new(run)
  table.insert(hooks.epoch, on_board)
  if not opts.quiet then
    table.insert(hooks.step, progress.step_hook(out))
    table.insert(hooks.epoch, progress.epoch_hook(out))
  end
  local handlers = events.new(run, hooks)
  local ended = state.reason ~= "interrupted" and state.reason
  state.reason = nil
  local reason = ended or loop.run(run, state, handlers)
  local result = finish(run, state, keeper, reason)
  if board_ends then
    board_ends(reason)
  end
  handlers.stop(state)
  return result
end

-- Reasons that a repetition does not meet by itself.
local OUTSIDE = { time = true, interrupted = true }

--- For a repetition of a run that ended for the clock or by a person: the run sees no clock
--- from here on, and the hook that is given back ends it at the same step. nil for others.
---@param run table
---@param result { reason: string, steps: integer }
---@return function?
function train.end_as(run, result)
  if not OUTSIDE[result.reason] then
    return nil
  end
  run.timer.seconds = function()
    return 0
  end
  return function(_, state)
    return state.step >= result.steps and result.reason or nil
  end
end

-- In this process alone: a folder is one run's.
local function claim(run)
  run.lock = file.lock(run.folder)
end

--- A resolved recipe as a run that is ready, in its folder. opts: record = whether it has
--- one; folder = the path of it, else the next free one is made.
function train.prepare(r, opts)
  local settled, found, dataset = range.settle(r, opts.quiet)
  r = settled
  local request, script = current.request(), current.script()
  local run = prepare.run(r, {
    data_dir = request.data_dir, recipe_dir = request.recipe_dir, threads = request.threads,
    dataset = dataset,
  })
  run.range = found and { suggestion = found.suggestion, suggestions = found.suggestions }
  run.timer = timer.new()
  if opts.record then
    run.folder = record.create(opts.folder or request.out_dir or "runs",
      not opts.folder and (r.opts.name or request.name or "run"), request.recipe_text,
      outcome.settings(run, request, script:fit_number()),
      { data = run.dataset:kept(), vocabulary = run.dataset:vocabulary(),
        required = script:files() })
    run.recipe_hash = request.recipe_text and record.sha256(request.recipe_text)
    claim(run)
  end
  return run
end

local function warn(message)
  current.out():warn("%s", message)
end

--- The run of a folder where its last checkpoint left it, or at its first step where there
--- is none: run, state for `execute`. Raises where another process writes into it.
---@param settings table of reload.settings
function train.reopen(settings)
  local lock = file.lock(settings.folder)
  checkpoint.sweep(settings.folder)
  local reader = checkpoint.latest(settings.folder, warn)
  local run = reload.run(settings, { init = reader == nil })
  local state = { step = 0, epoch = 0 }
  local text = file.read(run.folder .. "/recipe.lua")
  run.lock, run.recipe_hash, run.keep_log = lock, text and record.sha256(text), 0
  run.extensions = #(settings.extensions or {})
  if reader then
    state_of.load(run, state, reader, warn)
    reader.close()
  end
  run.timer = timer.new(reader and reader.state.seconds)
  return run, state
end

local function check_recipe(who, r)
  if not options.is_value(r, "recipe") then
    errors.raise(nil, "%s: want a recipe { ... }, got %s", who, errors.show(r))
  end
end

--- Trains a recipe. Returns what --json prints: reason, epochs, steps, digest, best, last...
---@param r table recipe { ... }
---@param opts { record: boolean?, quiet: boolean? }?
function train.fit(r, opts)
  check_recipe("train.fit", r)
  local o = FIT(opts or {}).opts
  local script = current.script()
  if script:only_looks() then
    return captured.fit(r)
  end
  script:count_fit()
  local run = train.prepare(load_recipe.resolve(r), o)
  local result = train.execute(run, { step = 0, epoch = 0 }, { quiet = o.quiet })
  script:keep(result)
  return result, run
end

local EVALUATE = options.constructor {
  name = "train.evaluate",
  usage = "train.evaluate(RUN, { ... })",
  doc = "Measures a trained run: { split, n, loss, accuracy, ... }.",
  keys = {
    { "split", "string", choices = { "train", "val", "test" },
      doc = "what to measure on; test where there is one, else val, without it" },
  },
}

local PREDICT = options.constructor {
  name = "train.predict",
  usage = "train.predict(RUN, { input, ... })",
  doc = "Applies a trained run to a file: a list of { label, class, probability, top } or "
    .. "{ values }.",
  positional = { "input" },
  keys = {
    { "input", "string", required = true, doc = "a file beside the recipe or in the data folder" },
  },
}

-- A run with its weights from what a script has: the second value of train.fit, its
-- result, or a run folder's path.
local function trained(who, what, opts)
  if type(what) == "table" and type(what.model) == "table" then
    return what
  end
  local path = type(what) == "table" and what.run or what
  if type(path) ~= "string" then
    errors.raise(nil, "%s: want what train.fit gave or the path of a run folder, got %s", who,
      type(what) == "table" and "a result without a run folder" or errors.show(what))
  end
  return reload.network(path, opts)
end

--- Measures a trained run on a split.
---@param what table|string what train.fit gave, or a run folder
---@param opts { split: string? }?
function train.evaluate(what, opts)
  local o = EVALUATE(opts or {}).opts
  if current.script():only_looks() then
    return captured.evaluate()
  end
  return evaluate.run(trained("train.evaluate", what), o.split)
end

--- Applies a trained run to an input file.
---@param what table|string what train.fit gave, or a run folder
---@param opts { input: string }
function train.predict(what, opts)
  local o = PREDICT(opts or {})
  if current.script():only_looks() then
    return {}
  end
  local run = trained("train.predict", what, { kept = true })
  return predict.run(run, find.need(o, current.request(), o.opts.input))
end

--- A range test of a recipe: { points = { { lr, loss, smoothed }, ... }, suggestions = {
--- valley, slide, minimum, steep }, suggestion }. A fit of the recipe afterwards is the
--- same as without it.
---@param r table recipe { ... }
---@param opts { from: number?, to: number?, n: integer?, shape: string?, seeds: integer? }?
function train.range(r, opts)
  check_recipe("train.range", r)
  if current.script().recipes then
    return captured.range(load_recipe.resolve(r))
  end
  return (range.of(load_recipe.resolve(r), opts))
end

train.parameters = outcome.parameters

return train
