--- What recipes see as `train`: fit, cross_validate, evaluate, predict, range, advise. Once Ctrl-C
--- was pressed, a script may say what came out but begins nothing more. Layer: language.

local begin_run = require "lrrun.advise.begin"
local captured = require "lrrun.train.captured"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local evaluate = require "lrrun.train.evaluate"
local execute = require "lrrun.runs.execute"
local find = require "lrrun.data.find"
local model = require "lrrun.nn.model"
local resolve = require "lrrun.recipe.resolve"
local numbers = require "lrrun.util.numbers"
local options = require "lrrun.util.options"
local predict = require "lrrun.train.predict"
local host = require "lrrun.native.host"
local range = require "lrrun.range"
local trained = require "lrrun.language.trained"
local writer = require "lrrun.train.writer"

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

local function check_recipe(who, r)
  if not options.is_value(r, "recipe") then
    errors.raise(nil, "%s: want a recipe { ... }, got %s", who, errors.show(r))
  end
end

--- Trains a recipe. Returns what --json prints: reason, epochs, steps, digest, best, last...
---@param r table recipe { ... }
---@param opts { record: boolean?, quiet: boolean? }?
---@return table result, table run the run for `evaluate` and `predict`, and its `model`
function train.fit(r, opts)
  host.check_interrupt()
  check_recipe("train.fit", r)
  local o = FIT(opts or {}).opts
  local script = current.script()
  if script:only_looks() then
    local result, run = captured.fit(r)
    return result, trained.new(run)
  end
  if o.record then
    script:check_fit "train.fit"
  end
  script:count_fit()
  local run <close> = begin_run(resolve.for_run(r, script:fit_number()), o)
  local result = execute.train(run, { step = 0, epoch = 0 }, { quiet = o.quiet })
  script:keep(result)
  return result, trained.new(run)
end

local CROSS = options.constructor {
  name = "train.cross_validate",
  usage = "train.cross_validate(RECIPE, { ... })",
  doc = "Trains a recipe k_fold times, each time without one of as many parts of its training "
    .. "data, which validates (val of the recipe is left away); classes keep their shares. Returns "
    .. "{ k, folds = results, mean, spread, reason }: means and standard deviations (n - 1) of the "
    .. "metrics of the folds' best epochs.",
  keys = {
    { "k_fold", "integer", min = 2, max = 1000, default = 5, doc = "how many folds" },
    { "record", "boolean", default = true, doc = "whether each fold has a run folder" },
    { "quiet", "boolean", default = false, doc = "prints nothing" },
  },
}

-- One fold; where nothing may train its recipe is met.
local function fit_fold(o)
  local script = current.script()
  return function(r)
    if script:only_looks() then
      return (captured.fit(r))
    end
    if o.record then
      script:check_fit "train.cross_validate"
    end
    script:count_fit()
    local run <close> = begin_run(r, o)
    local result = execute.train(run, { step = 0, epoch = 0 }, { quiet = o.quiet })
    script:keep(result)
    return result
  end
end

--- Trains a recipe k times on all of its training data but a k-th, which validates.
---@param r table recipe { ... }
---@param opts { k_fold: integer?, record: boolean?, quiet: boolean? }?
---@return table { k, reason, counted, folds, mean, spread }
function train.cross_validate(r, opts)
  host.check_interrupt()
  check_recipe("train.cross_validate", r)
  local o = CROSS(opts or {}).opts
  local script = current.script()
  local folds = require "lrrun.runs.folds" -- few scripts want it
  local out = folds.run(resolve.for_run(r, script:next_fit()), o.k_fold, "train.cross_validate",
    fit_fold(o))
  if not script:only_looks() then
    for _, line in ipairs(o.quiet and {} or folds.lines(out)) do
      current.out():print("%s", line)
    end
    script:sum_up(out)
  end
  return out
end

local EVALUATE = options.constructor {
  name = "train.evaluate",
  usage = "train.evaluate(RUN, { ... })",
  doc = "Measures a trained run, or a model of one's own: { split, n, loss, accuracy, f1, ... }, "
    .. "all metrics that the targets allow, classes and confusion.",
  keys = {
    { "split", "string", choices = { "train", "val", "test" },
      doc = "what to measure on; test where there is one, else val, without it" },
    { "data", "value", kinds = { "data." }, doc = "the data set, for a model of one's own" },
    { "loss", "value", kinds = { "nn." },
      doc = "of a model of one's own; that of its last step without it" },
    { "scaled", "boolean",
      doc = "whether a model of one's own learned scaled targets, as batches with scaled = true; "
        .. "false without it" },
  },
}

local OF_MODELS = { "data", "loss", "scaled" }

-- What evaluate.run takes of a model that a script has built.
local function own(built, o, where)
  if not o.data then
    errors.raise(where, "train.evaluate: 'data' is missing: a model of one's own is measured on "
      .. "train.evaluate(model, { data = ... })")
  end
  local loss = o.loss or built.loss
  if not loss or not loss.rows then
    errors.raise(where, "train.evaluate: %s", loss and ("loss: want a loss such as "
      .. "nn.cross_entropy(), got " .. errors.show(loss))
      or "'loss' is missing: the model has made no step with one")
  end
  local whose, what = loss:check(o.data, built:shape())
  if whose then
    errors.raise(where, "train.evaluate: %s", what)
  end
  return { model = built, dataset = o.data, loss = loss }
end

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

--- Measures a trained run, or a model of one's own, on a split.
---@param what table|string what train.fit gave, a run folder, or a built model
---@param opts { split: string?, data: table?, loss: table? }?
function train.evaluate(what, opts)
  host.check_interrupt()
  local value = EVALUATE(opts or {})
  local o = value.opts
  if model.is(what) then
    return evaluate.run(own(what, o, value.where), o.split, not o.scaled)
  end
  if current.script():only_looks() then
    return captured.evaluate()
  end
  for _, key in ipairs(OF_MODELS) do
    if o[key] ~= nil then
      errors.raise(value.where, "train.evaluate: '%s' is for a model of one's own; a run has its "
        .. "own", key)
    end
  end
  return evaluate.run(trained.run("train.evaluate", what), o.split)
end

--- Applies a trained run to an input file.
---@param what table|string what train.fit gave, or a run folder
---@param opts { input: string }
function train.predict(what, opts)
  host.check_interrupt()
  local o = PREDICT(opts or {})
  if current.script():only_looks() then
    return {}
  end
  local run = trained.run("train.predict", what, { kept = true })
  return (predict.run(run, find.need(o, current.request(), o.opts.input)))
end

local WRITES = writer.DEFAULTS
local GENERATE = options.constructor {
  name = "train.generate",
  usage = "train.generate(RUN, { prompt, ... })",
  doc = "Lets a trained model of language go on from a text: { text, tokens, ids, seconds, "
    .. "tokens_per_second, stopped_by = tokens, stop or end, ... }; lrrun help generate says more.",
  positional = { "prompt" },
  keys = {
    { "prompt", "string", required = true, doc = "what to go on from" },
    { "tokens", "integer", min = 1, default = WRITES.tokens, doc = "how many tokens at most" },
    { "temperature", "number", min = 0, default = WRITES.temperature,
      doc = "below 1: nearer to the most probable token; 0: always that one" },
    { "top_k", "integer", min = 0, default = WRITES.top_k,
      doc = "only so many of the most probable tokens; 0: all" },
    { "top_p", "number", above = 0, max = 1, default = WRITES.top_p,
      doc = "of these the first that have this share of their probability; 1: all" },
    { "seed", "integer", default = WRITES.seed, doc = "the same text for the same seed" },
    { "stop", "string", doc = "ends before this text" },
    { "data", "value", kinds = { "data." },
      doc = "what a model of one's own was trained on" },
  },
  check = numbers.finite_and(function(o, fail)
    if o.stop == "" then
      fail("stop", "is empty: it takes the text to stop at")
    end
  end),
}

-- The writer of a run, or of a model that a script has built.
local function writer_of(what, value)
  local data = value.opts.data
  if model.is(what) and not data then
    errors.raise(value.where, "train.generate: 'data' is missing: a model of one's own writes in "
      .. "the tokens of train.generate(model, { data = ... })")
  elseif model.is(what) then
    return writer.new(what, data, "the model")
  elseif data then
    errors.raise(value.where, "train.generate: 'data' is for a model of one's own; a run has its "
      .. "own")
  end
  local run = trained.run("train.generate", what, { kept = true, batch = 1 })
  return writer.new(run.model, run.dataset, "the run")
end

--- Lets a trained model of language go on from a text.
---@param what table|string what train.fit gave, a run folder, or a built model
---@param opts table|string prompt, tokens, temperature, top_k, top_p, seed, stop, data
function train.generate(what, opts)
  host.check_interrupt()
  local value = GENERATE(opts or {})
  local o = value.opts
  if not model.is(what) and current.script():only_looks() then
    return { prompt = o.prompt, text = "", tokens = 0, ids = {}, seconds = 0,
      stopped_by = "tokens" }
  end
  local ok, found = errors.try(function()
    local w <close> = writer_of(what, value)
    return w:write(o)
  end)
  local text = not ok and errors.is(found) and errors.message(found)
  if text and not string.find(text, "^train%.generate: ") then
    errors.raise(value.where, "train.generate: %s", text)
  elseif not ok then
    error(found, 0)
  end
  host.check_interrupt()
  return found
end

--- A range test of a recipe: { points = { { lr, loss, smoothed }, ... }, suggestions = {
--- valley, slide, minimum, steep }, suggestion }. A fit of the recipe afterwards is the
--- same as without it.
---@param r table recipe { ... }
---@param opts { from: number?, to: number?, n: integer?, shape: string?, seeds: integer? }?
function train.range(r, opts)
  host.check_interrupt()
  check_recipe("train.range", r)
  if current.script().recipes then
    return captured.range(resolve.for_run(r))
  end
  return (range.of(resolve.for_run(r), opts))
end

local ADVISE = options.constructor {
  name = "train.advise",
  usage = "train.advise(RECIPE, { ... })",
  doc = "Finds the recipe's best learning rate by trainings that leave nothing behind: "
    .. "{ suggestion, interval = { low, high }, expected, points = { { lr, steps, seed, loss, "
    .. "state } }, flat, unresolved, spent_runs, seconds, warnings }. The recipe's callbacks are "
    .. "not called. lrrun advise does the same with processes and a folder.",
  keys = {
    { "budget", { "number", "string" }, above = 0,
      doc = "what it may cost: runs of the recipe (3 without it), or '10 min', '2000 steps'" },
  },
}

--- Advice on a recipe's learning rate, as --json of the verb has it.
---@param r table recipe { ... }
---@param opts { budget: number|string? }?
function train.advise(r, opts)
  host.check_interrupt()
  check_recipe("train.advise", r)
  local o = ADVISE(opts or {}).opts
  if current.script():only_looks() then
    return captured.advise(r)
  end
  return (require("lrrun.advise").of(resolve.for_run(r), o, "train.advise"))
end

return train
