--- How much advice may cost: runs of the recipe, or what comes to so many of them. Layer: advise.

local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local subject = require "lrrun.advise.subject"
local rate = require "lrrun.advise.rate"
local units = require "lrrun.util.units"

local budget = {
  --- Of `lrrun advise` and train.advise, and of lr = 'auto', in runs.
  RUNS = 3, AUTO = 1,
}

local LEAST, MOST = 0.1, 1000 -- runs
local TIMED = 1 / 12 -- share of the run that is trained to see how long it takes
-- Trainings for each run of the budget, about, and seconds that one takes to begin and to end, at
-- least: a process, a folder.
local TRAININGS, AROUND = 6, 0.05

-- What is wrong with an amount, or nil.
local function wrong(out)
  if out.amount <= 0 or out.amount ~= out.amount then
    return "want more than 0"
  elseif out.amount == math.huge then
    return "is more than any number here; want a number of runs (3), a time ('10 min') or a "
      .. "length ('2000 steps')"
  elseif out.unit == "percent" then
    return ("want parts of a run as a number of runs: %g"):format(out.amount / 100)
  elseif out.unit == "runs" and (out.amount < LEAST or out.amount > MOST) then
    local x = json.number(out.amount)
    return ("want %g to %g runs%s"):format(LEAST, MOST, out.amount > MOST
      and ("; a length or a time has a unit: '%s steps', '%s min'"):format(x, x) or "")
  end
  return nil
end

--- A budget from its text or number: { amount, unit = "runs", "seconds" or one of durations }; nil
--- and why where it is none.
---@param given string|number
---@return table?, string?
function budget.parse(given)
  local number = tonumber(given)
  local out = number and { amount = number, unit = "runs" }
  if not out and type(given) == "string" then
    local runs = given:match "^%s*([%d%.]+)%s*runs?%s*$"
    local d, seconds = units.parse(given), units.seconds(given)
    out = tonumber(runs) and { amount = tonumber(runs), unit = "runs" }
      or d and { amount = d.amount, unit = d.unit }
      or seconds and { amount = seconds, unit = "seconds" }
  end
  if not out then
    return nil, "want a number of runs (3), a time ('10 min') or a length ('2000 steps')"
  end
  local why = wrong(out)
  if why then
    return nil, why
  end
  return out
end

-- Seconds that a run of the recipe takes in this process, with what is around its part of the
-- trainings, and the updates that it cost to know.
local function seconds_of_run(r, dataset, opening)
  local x = rate.of(r) or rate.default(r) or rate.TYPICAL
  local result = subject.measure(r, { lr = x, share = TIMED, seed = 0 }, dataset)
  if result.interrupted then
    error("the advice on the rate was interrupted", 0)
  end
  return result.seconds / result.cost + TRAININGS * math.max(AROUND, opening), result.steps
end

--- The budget in runs of the recipe.
---@param b table of budget.parse
---@param r table a resolved recipe
---@param clock table that of a run of it: total_steps, steps_per_epoch, samples_per_epoch
---@param dataset table its data, open
---@param opening number seconds that it takes to open them
---@return number runs, integer updates that were made to know it
function budget.runs(b, r, clock, dataset, opening)
  local runs, updates = b.amount, 0
  if b.unit == "seconds" then
    local seconds
    seconds, updates = seconds_of_run(r, dataset, opening)
    runs = b.amount / seconds
  elseif b.unit ~= "runs" then
    runs = units.exact_steps(units.new(b.amount, b.unit), { steps_per_epoch = clock.steps_per_epoch,
      samples_per_epoch = clock.samples_per_epoch }) / clock.total_steps
  end
  if runs < LEAST then
    errors.raise(nil, "advise: a budget of %g %s is %.2g runs of this recipe; want at least %g",
      b.amount, b.unit, runs, LEAST)
  end
  return math.min(runs, MOST), updates
end

return budget
