--- The kind of study that searches a recipe's dimensions: what its trials try, in which order,
--- and what their workers are told.
--
-- A kind has settings(cfg, kept), sequence(study), propose(study, job) -> a trial's seed, params
-- and point, ask(study, trial, job, work), which adds to what a worker is told,
-- check(study, trial, job), which raises where a trial of the journal cannot be this job's, and
-- seed(study's seed, number), nil where numbers do not say seeds; drops_weights: whether weights of
-- trials are taken away with their checkpoints. Layer: study.

local json = require "lrrun.record.json"
local restore = require "lrrun.study.restore"
local sequence = require "lrrun.study.sequence"
local settings = require "lrrun.study.settings"

local searching = { settings = settings.of, seed = restore.seed }

function searching.sequence(study)
  local set = study.set
  return sequence.new { limit = set.limit, lag = set.lag, waits = set.waits, rungs = set.rungs,
    sign = set.sign }
end

-- Trials of the journal are those of the sequence, whatever they tried.
function searching.check() end

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
    end
    list[#list + 1] = item
  end
  return list
end

function searching.propose(study, job)
  local number = job.trial
  local point = study.space.native:propose(study.set.configuration,
    history(study, job.number, number), number)
  return { seed = restore.seed(study.set.seed, number), point = point,
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
  work.share = set.rung_at and job.rung < #set.rung_at
    and set.rung_at[job.rung] / set.rungs.max or nil
  work.median = median and { startup = median.startup, warmup = tostring(median.warmup),
    curves = json.array(curves(study, job.number)) }
end

return searching
