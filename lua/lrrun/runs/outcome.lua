--- What a run leaves behind as plain tables: its settings (run.yaml), a line for each epoch
--- (metrics.jsonl), its result (result.json). Layer: runs.

local plain = require "lrrun.recipe.plain"
local grad_norms = require "lrrun.train.grad_norms"
local metrics = require "lrrun.metrics"
local ranks = require "lrrun.util.ranks"
local rates = require "lrrun.train.rates"
local plan = require "lrrun.plan"
local folder = require "lrrun.runs.folder"

local outcome = {}

--- What records say of a run's data.
---@param run table
function outcome.data(run)
  local dataset = run.dataset
  local scaled = run.loss.scales and dataset.target_means ~= nil
  return { kind = dataset.kind, fingerprint = dataset.fingerprint, splits = dataset.splits,
    target_means = scaled and dataset.target_means or nil,
    target_deviations = scaled and dataset.target_deviations or nil }
end

--- What run.yaml says of a run that is ready: its request, what came of it, and facts of the
--- program.
---@param run table of prepare.run
---@param request table
---@param fit integer? which train.fit of the script it is
function outcome.settings(run, request, fit)
  local r = run.recipe
  local out = request:with({
    recipe_path = request.recipe_path or "", recipe_dir = request.recipe_dir or ".",
    name = r.opts.name or request.name or "run",
  }):plain "run"
  out.seed, out.settings, out.fit = r.opts.seed, plain(r), fit
  out.data = outcome.data(run)
  out.network, out.range = plan.layers(run), run.range
  out.program, out.machine = folder.facts(), folder.machine()
  return out
end

--- Number of parameters.
function outcome.parameters(run)
  local n = 0
  for _, s in ipairs((run.model.graph:segments())) do
    n = n + s.n
  end
  return n
end

local function pick(m)
  local out = {}
  for _, entry in ipairs(metrics.shown) do
    out[entry.name] = m[entry.name]
  end
  return out
end

-- How many share the run, and what this one has read of the data; nil where it is alone.
local function ranks_of(run)
  local count = ranks.count()
  return count > 1 and { count = count,
    rows = run.loader:rows() + (run.val_loader and run.val_loader:rows() or 0) } or nil
end

--- The result of a run that has ended for `reason`: what --json prints.
---@param run table
---@param state table of the loop
---@param reason string
function outcome.result(run, state, reason)
  local speed = run.timer:steps_per_second()
  local best = run.best
  local result = {
    run = run.folder, reason = reason, epochs = select(2, run.session:counters()),
    steps = state.step, steps_per_epoch = run.clock.steps_per_epoch,
    seconds = run.timer:seconds(), steps_per_second = speed,
    samples_per_second = speed * run.clock.samples_per_step, params = outcome.parameters(run),
    ranks = ranks_of(run), extended = (run.extensions or 0) > 0 and run.extensions or nil,
    digest = run.digest, last = pick(state.metrics or { lr = state.lr }), range = run.range,
  }
  if best then
    result.best = pick(best.metrics)
    result.best.epoch, result.best.step = best.epoch, best.step
  end
  result.grad_norms = state.grad_norms or grad_norms(run)
  return result
end

--- A hook for each evaluation: its line in metrics.jsonl.
---@param log table
function outcome.log_hook(log)
  return function(run, state)
    local line = pick(state.metrics)
    line.epoch, line.step = run:epoch_of(state), state.step
    line.seconds = run.timer:seconds()
    line.grad_norms, line.rates = state.grad_norms, rates.asked(run)
    log:write(line)
  end
end

return outcome
