--- train: fit, evaluate, predict, range over a recipe, from the command line or a script.
-- Layer: train.

local context = require "lrrun.util.context"
local describe = require "lrrun.recipe.describe"
local errors = require "lrrun.util.errors"
local events = require "lrrun.train.events"
local file = require "lrrun.native.file"
local native = require "lrrun.native.session"
local load_recipe = require "lrrun.recipe.load"
local loop = require "lrrun.train.loop"
local options = require "lrrun.util.options"
local prepare = require "lrrun.train.prepare"
local progress = require "lrrun.train.progress"
local record = require "lrrun.record.run"
local timer = require "lrrun.train.timer"
local weights = require "lrrun.record.weights"

local train = {}

local FIT = options.constructor {
  name = "train.fit",
  doc = "Trains a recipe and returns its result as a table.",
  keys = {
    { "record", "boolean", default = true, doc = "whether a run folder is written" },
    { "quiet", "boolean", default = false, doc = "prints no line for each epoch" },
  },
}

-- Runs are used from other folders too.
local function absolute(path)
  return path and (file.real(path) or path)
end

local function settings_of(run)
  local r = run.recipe
  local overrides = {}
  for i, item in ipairs(context.overrides) do
    overrides[i] = item.path .. "=" .. item.text
  end
  return {
    format = 1, name = r.opts.name or context.name or "run", seed = r.opts.seed,
    recipe = context.recipe_path or "", recipe_dir = absolute(context.recipe_dir or "."),
    overrides = overrides, epochs = context.epochs, choices = context.choices,
    seed_flag = context.seed, args = context.args and context.args[1] and context.args or nil,
    settings = describe(r), data_dir = absolute(context.data_dir),
    data = { kind = run.dataset.kind, fingerprint = run.dataset.fingerprint,
      splits = run.dataset.splits },
    program = record.facts(),
  }
end

local function parameters(run)
  local n = 0
  for _, s in ipairs((run.model.graph:segments())) do
    n = n + s.n
  end
  return n
end

local METRICS = { "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "grad_norm" }

local function pick(m)
  local out = {}
  for _, name in ipairs(METRICS) do
    out[name] = m[name]
  end
  return out
end

local function result_of(run, state, reason)
  local speed = run.timer:steps_per_second()
  local best = run.best
  local result = {
    run = run.folder, reason = reason, epochs = select(2, run.session:counters()),
    steps = state.step, seconds = run.timer:seconds(), steps_per_second = speed,
    samples_per_second = speed * run.clock.samples_per_step, params = parameters(run),
    digest = run.digest, last = pick(state.metrics or { lr = state.lr }),
  }
  if best then
    result.best = pick(best.metrics)
    result.best.epoch, result.best.step = best.epoch, best.step
  end
  return result
end

local function grad_norms(run)
  local mean, max = run.session:norms()
  if not mean then
    return nil
  end
  local out = {}
  for i, s in ipairs((run.model.graph:segments())) do
    out[s.name] = { mean = mean[i], max = max[i] }
  end
  return out
end

-- Hooks that write the epoch's line to metrics.jsonl.
local function log_hook(log)
  return function(run, state)
    local line = pick(state.metrics)
    line.epoch, line.step = state.epoch, state.step
    line.seconds = run.timer:seconds()
    line.grad_norms = grad_norms(run)
    state.grad_norms = line.grad_norms
    if log then
      log:write(line)
    end
  end
end

-- Trains run from `state` on and gives the result; weights end as the best.
local function execute(run, state, quiet)
  local out = context.out
  local log = run.folder and record.log(run.folder, run.keep_log)
  local hooks = { step = {}, epoch = { log_hook(log) } }
  if out and not quiet then
    hooks.step[1] = progress.step_hook(out)
    hooks.epoch[2] = progress.epoch_hook(out)
  end
  local handlers = events.new(run, hooks)
  local reason = loop.run(run, state, handlers)
  state.reason = reason
  run.digest = weights.digest(run.model.graph)
  run.session:restore_best()
  handlers.stop(state)
  local result = result_of(run, state, reason)
  if log then
    log:close()
    record.finish(run.folder, run.model.graph, result)
  end
  return result
end

--- A resolved recipe as a run that is ready, in its folder.
function train.prepare(r, opts)
  native.portable(r.opts.repro == "portable")
  local run = prepare.run(r, {
    data_dir = context.data_dir, recipe_dir = context.recipe_dir, threads = context.threads,
  })
  run.timer = timer.new()
  run.first_step = 0
  if opts.record then
    run.folder = record.create(context.out_dir or "runs", r.opts.name or context.name or "run",
      context.recipe_text, settings_of(run))
  end
  return run
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
  local run = train.prepare(load_recipe.resolve(r), o)
  return execute(run, { step = 0, epoch = 0, metrics = nil }, o.quiet), run
end

train.parameters = parameters

return train
