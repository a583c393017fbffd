--- Trials that are several trainings: of the folds of their data, or with several seeds. What
--- comes of them is one outcome. Layer: study.

local current = require "lrrun.util.current"
local folder_of_run = require "lrrun.runs.folder"
local folds = require "lrrun.runs.folds"

local parts = {}

--- f(...) with a request for fold i of work.folds at hand.
function parts.as_fold(work, i, f, ...)
  local request = current.request():with_change(folds.KEY, folds.text(i, work.folds))
  return current.with({ request = request }, f, ...)
end

--- f(...) with a request for the i-th of work.seeds at hand; the first is the trial's own.
function parts.as_seed(work, i, f, ...)
  local request = current.request()
  request = i == 1 and request or request:with_seed(work.seeds[i])
  return current.with({ request = request }, f, ...)
end

--- How many trainings a trial is, nil for one that is no more than that; what each is called, and
--- the function that has a request for one at hand.
---@param work table
---@return integer? n, string? name, function? as
function parts.of(work)
  if work.folds then
    return work.folds, "fold", parts.as_fold
  elseif work.seeds then
    return #work.seeds, "seed", parts.as_seed
  end
  return nil
end

local function is_finite(x)
  return type(x) == "number" and x == x and math.abs(x) < math.huge
end

-- The best of the reports up to the nth evaluation (of all without n), nil where none is finite.
local function best_of(reports, sign, n)
  local best
  for _, item in ipairs(reports or {}) do
    local value = item[2]
    if is_finite(value) and item[1] <= (n or math.huge)
      and (not best or sign * value < sign * best) then
      best = value
    end
  end
  return best
end

local function sum_up(out, outcome)
  out.seconds = out.seconds + outcome.seconds
  out.epochs = math.max(out.epochs, outcome.epochs)
end

-- Means of what they say of each objective of a study that has several.
local function mean_values(outcomes)
  local out = outcomes[1].objectives and {}
  for k = 1, #(outcomes[1].objectives or {}) do
    local sum = 0
    for _, outcome in ipairs(outcomes) do
      sum = sum + outcome.objectives[k]
    end
    out[k] = sum / #outcomes
  end
  return out
end

-- What the folds come to: one report, the mean of their best values, in the last epoch that one
-- had, and the digest of their digests.
local function of_folds(work, outcomes)
  local sum, digests = 0, {}
  local out = { job = work.job, reason = "done", paused = false, seconds = 0, epochs = 0 }
  for i, outcome in ipairs(outcomes) do
    sum = sum + (best_of(outcome.reports, work.sign) or 0 / 0)
    sum_up(out, outcome)
    digests[i] = outcome.digest
  end
  out.reports = { { out.epochs, sum / #outcomes } }
  out.digest, out.objectives = folder_of_run.sha256(table.concat(digests)), mean_values(outcomes)
  return out
end

-- The mean over seeds of the best value up to each evaluation: one that has ended keeps its best.
-- So it is the same for a trial that pauses at a rung and for one that does not.
local function mean_reports(work, outcomes)
  local last, reports = 0, {}
  for _, outcome in ipairs(outcomes) do
    local list = outcome.reports
    last = math.max(last, list[1] and list[#list][1] or 0)
  end
  for n = 1, last do
    local sum = 0
    for _, outcome in ipairs(outcomes) do
      sum = sum + (best_of(outcome.reports, work.sign, n) or 0 / 0)
    end
    reports[n] = { n, sum / #outcomes }
  end
  return reports
end

-- What the seeds come to: it pauses as long as one of them does.
local function of_seeds(work, outcomes)
  local digests = {}
  local out = { job = work.job, reason = "done", paused = false, seconds = 0, epochs = 0,
    by_seed = {} }
  for i, outcome in ipairs(outcomes) do
    sum_up(out, outcome)
    digests[i], out.by_seed[i] = outcome.digest, best_of(outcome.reports, work.sign)
    if not out.by_seed[i] then
      out.error = ("seed %d: no finite %s"):format(i, work.monitor)
      return out
    elseif outcome.paused then
      out.paused, out.reason = true, outcome.reason
    end
  end
  out.reports, out.objectives = mean_reports(work, outcomes), mean_values(outcomes)
  out.digest = folder_of_run.sha256(table.concat(digests))
  return out
end

--- All trainings of a trial that is several: `one(i)` gives the outcome of the i-th. The first
--- that did not come to its end is that of the trial.
---@param work table
---@param one fun(i: integer): table
function parts.train(work, one)
  local outcomes, n, name = {}, parts.of(work)
  for i = 1, n do
    outcomes[i] = one(i)
    if outcomes[i].reason == "interrupted" then
      return outcomes[i]
    elseif outcomes[i].error then
      outcomes[i].error = ("%s %d: %s"):format(name, i, outcomes[i].error)
      return outcomes[i]
    end
  end
  return (work.folds and of_folds or of_seeds)(work, outcomes)
end

--- The standard deviation (n - 1) of a trial's values by seed, nil without.
---@param values number[]?
---@return number?
function parts.spread(values)
  if not values or #values < 2 then
    return nil
  end
  local sum, squares = 0, 0
  for _, value in ipairs(values) do
    sum = sum + value
  end
  for _, value in ipairs(values) do
    squares = squares + (value - sum / #values) ^ 2
  end
  return (squares / (#values - 1)) ^ 0.5
end

return parts
