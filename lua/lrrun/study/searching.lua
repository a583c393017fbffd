--- The kind of study that searches a recipe's dimensions: what its trials try, in which order,
--- and what their workers are told.
--
-- A kind has settings(cfg, kept), sequence(study), propose(study, job) -> a trial's seed, params
-- and point, ask(study, trial, job, work), which adds to what a worker is told,
-- check(study, trial, job), which raises where a trial of the journal cannot be this job's, and
-- seed(study's seed, number, settings), nil where numbers do not say seeds; drops_weights: whether
-- weights of trials are taken away with their checkpoints. Layer: study.

local json = require "lrrun.record.json"
local pareto = require "lrrun.study.pareto"
local restore = require "lrrun.study.restore"
local sequence = require "lrrun.study.sequence"
local settings = require "lrrun.study.settings"

local searching = { settings = settings.of }

--- The seed of a trial. With repeats all trials have the same ones: what a seed does is the same
--- in all of them, and their difference is that of the values.
---@param seed integer of the study
---@param number integer
---@param set table the study's settings
function searching.seed(seed, number, set)
  return restore.seed(seed, set.repeats and 0 or number)
end

--- The seeds of the trainings that a trial is made of.
---@param seed integer of the study
---@param n integer
---@return integer[]
function searching.seeds(seed, n)
  local out = {}
  for i = 1, n do
    out[i] = restore.seed(seed, i - 1)
  end
  return out
end

function searching.sequence(study)
  local set = study.set
  return sequence.new { limit = set.limit, lag = set.lag, waits = set.waits, rungs = set.rungs,
    sign = set.sign }
end

-- Trials of the journal are those of the sequence, whatever they tried.
function searching.check() end

-- Of several objectives one value for each trial in the list, as proposal `count` weighs them.
local function scalarise(set, count, list)
  local values, nth = {}, 0
  for _, item in ipairs(list) do
    values[#values + 1] = item.objectives
  end
  local scalars = pareto.scalars(set.seed, count, values)
  for _, item in ipairs(list) do
    if item.objectives then
      nth = nth + 1
      item.value, item.objectives = scalars[nth], nil
    end
  end
  return list
end

-- What a proposal at job n may know.
local function history(self, n, count)
  local list = table.move(self.set.prior, 1, #self.set.prior, 1, {})
  for number = 0, count - 1 do
    local trial = self.trials[number]
    local job = self.sequence:known_of(trial, n)
    local item = { x = trial.point, state = "pending" }
    if job and job.state == "fail" then
      item.state = "failed"
    elseif job then
      item.state = job.state == "complete" and "ok" or "pruned"
      item.value = self.set.sign * job.value
      item.objectives = self.set.objectives and pareto.values(self.set, trial)
    end
    list[#list + 1] = item
  end
  return self.set.objectives and scalarise(self.set, count, list) or list
end

function searching.propose(study, job)
  local number = job.trial
  local point = study.space.native:propose(study.set.configuration,
    history(study, job.number, number), number)
  return { seed = searching.seed(study.set.seed, number, study.set), point = point,
    params = study.space:params(point) }
end

-- Curves of finished trials that job n may know of, for the median.
local function curves(self, n)
  local list = {}
  for number = 0, self.count - 1 do
    local trial = self.trials[number]
    local job = trial and self.sequence:known_of(trial, n)
    if job and job.state ~= "fail" then
      local curve = json.array {}
      for i, report in ipairs(trial.reports) do
        curve[i] = { report[1], self.set.sign * report[2] }
      end
      list[#list + 1] = curve
    end
  end
  return list
end

function searching.ask(study, trial, job, work)
  local set = study.set
  local median = set.median
  work.params, work.folds = trial.params, set.k_fold
  work.seeds = set.repeats and searching.seeds(set.seed, set.repeats)
  for i, item in ipairs(set.objectives or {}) do
    work.objectives = work.objectives or {}
    work.objectives[i] = item.monitor
  end
  work.share = set.rung_at and job.rung < #set.rung_at
    and set.rung_at[job.rung] / set.rungs.max or nil
  work.median = median and { startup = median.startup, warmup = tostring(median.warmup),
    curves = json.array(curves(study, job.number)) }
end

return searching
