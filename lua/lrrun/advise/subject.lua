--- What advice is about: a recipe at some peak rate, squeezed to a share of its length, with other
--- weights and another order, and how well it does there. Layer: advise.

local errors = require "lrrun.util.errors"
local execute = require "lrrun.runs.execute"
local json = require "lrrun.record.json"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local squeeze = require "lrrun.train.squeeze"
local rate = require "lrrun.advise.rate"
local resolve = require "lrrun.recipe.resolve"

local subject = {}

--- Changes that make a job of the recipe: its rate, its share of the length, and its split where
--- that is its own. What happens after a divergence is no part of it: that it diverged is the
--- answer.
---@param r table a resolved recipe
---@param job { lr: number, share: number, seed: integer, own_split: boolean? }
---@return { path: string, text: string }[]
function subject.changes(r, job)
  local list = rate.changes(r, job.lr)
  if job.share < 1 then
    list[#list + 1] = { path = "squeeze", text = json.number(job.share * (r.opts.squeeze or 1)) }
  end
  if r.opts.on_divergence then
    list[#list + 1] = { path = "on_divergence.rollback", text = "false" }
  end
  if job.own_split and subject.data_seed(r) then
    list[#list + 1] = { path = "data.seed", text = ("%d"):format(subject.seed(r, job)) }
  end
  return list
end

--- The recipe with changes as --set has them.
---@param r table a resolved recipe
---@param list { path: string, text: string }[]
function subject.changed(r, list)
  return overrides.apply(r, list, resolve.evaluate)
end

--- The seed of a job. Rates are compared on the same samples (subject.data_seed), whatever the
--- seed; a job with own_split has all that another seed of the recipe changes.
---@param r table
---@param job { seed: integer }
---@return integer
function subject.seed(r, job)
  return r.opts.seed + job.seed
end

--- The seed that all jobs draw their validation split from; nil where the recipe says it.
---@param r table
---@return integer?
function subject.data_seed(r)
  local data = r.opts.data
  return options.descriptor(data).by_name.seed and not data.opts.seed and r.opts.seed or nil
end

--- The recipe of a job, for a training in this process: callbacks are the run's own affair.
---@param r table a resolved recipe
---@param job { lr: number, share: number, seed: integer, own_split: boolean? }
function subject.recipe(r, job)
  local seed = not job.own_split and subject.data_seed(r)
  local out = subject.changed(r, subject.changes(r, job))
  return options.with(out, {
    seed = subject.seed(r, job),
    data = seed and options.with(out.opts.data, { seed = seed }) or nil,
  }, { "on" })
end

--- Metric that jobs are compared by, and 1, or -1 where more of it is better.
---@param r table a resolved recipe
---@param has_val boolean whether the data have a validation split
---@return string monitor, integer sign
function subject.monitor(r, has_val)
  local o = r.opts.objective and r.opts.objective.opts
  local monitor = o and o.monitor or has_val and "val_loss" or "train_loss"
  return monitor, (o and o.mode or metrics.mode(monitor)) == "max" and -1 or 1
end

local function better(value, best)
  return type(value) == "number" and value == value and math.abs(value) < math.huge
    and (not best or value < best)
end

--- Trains one job in this process and leaves nothing behind: { loss = best value of the metric,
--- smaller is better, nil where there was none; state, cost = updates made / those of the whole
--- run, steps, seconds }. dataset: open data of an earlier one of the same recipe; a job with a
--- split of its own opens them again.
---@param r table a resolved recipe
---@param job { lr: number, share: number, seed: integer, own_split: boolean? }
---@param dataset table?
---@return table result, table dataset
function subject.measure(r, job, dataset)
  local run <close> = execute.begin(subject.recipe(r, job), { record = false, quiet = true,
    dataset = not job.own_split and dataset or nil })
  local monitor, sign = subject.monitor(r, run.val_split ~= nil)
  local best
  local result = execute.train(run, { step = 0, epoch = 0 }, { quiet = true,
    epoch_hook = function(_, state)
      local value = state.metrics[monitor]
      if value == nil then
        errors.raise(r.where, "objective: '%s' is not reported by this run", monitor)
      end
      value = sign * value
      best = better(value, best) and value or best
    end })
  return {
    loss = best, steps = result.steps, seconds = result.seconds,
    state = (result.reason == "diverged" or not best) and "diverged" or "complete",
    cost = result.steps / squeeze.total(r, run.clock.steps_per_epoch),
    interrupted = result.reason == "interrupted" or nil, digest = result.digest,
    monitor = monitor,
  }, run.dataset
end

return subject
