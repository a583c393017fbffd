--- Trials that were kept from their end from outside: killed, or by a full disk. They have not
--- failed: they are tried again, a bounded number of times. Layer: study.

local cause = require "lrrun.study.cause"

local tries = {}

-- How often a trial that was killed is tried: in one call, and in all before it has failed.
local NOW, IN_ALL = 3, 9

local function text_of(outcome, count)
  return ("%s; tried %d times"):format(outcome.outside, count)
end

--- Why the trial fails with such an outcome: it is the last that it may have. Else nil.
---@param trial table
---@param outcome table
---@return string?
function tries.last(trial, outcome)
  local count = (trial.tries or 0) + 1
  return count >= IN_ALL and text_of(outcome, count) or nil
end

--- Takes in such an outcome of a study's trial: it is tried again at once (study.todo), or when
--- the study goes on (study.stuck, or study.halted where it is the same for all trials). Gives
--- false where it was tried too often; outcome.error says so then. trial.tries counts for good.
---@param study table
---@param trial table
---@param job table
---@param outcome table
---@return boolean
function tries.again(study, trial, job, outcome)
  trial.trouble = outcome.outside
  if cause.is_machine(outcome.outside) then
    study.halted = study.halted or { trial = trial.number, why = outcome.outside }
    return true
  end
  trial.tries, trial.tries_now = (trial.tries or 0) + 1, (trial.tries_now or 0) + 1
  if trial.tries >= IN_ALL then
    outcome.error = text_of(outcome, trial.tries)
    return false
  end
  if trial.tries_now < NOW then
    trial.fresh = trial.tries_now == NOW - 1 or nil -- what is there may be the reason
    study.todo[#study.todo + 1] = job
  else
    study.stuck[#study.stuck + 1] = trial
  end
  return true
end

--- Study:trouble.
function tries.trouble(study)
  local trial = study.stuck[1]
  return study.halted or trial and { trial = trial.number, why = trial.trouble,
    tries = trial.tries_now, left = IN_ALL - trial.tries } or nil
end

--- The same in words.
---@param trouble table
---@return string
function tries.text(trouble)
  if not trouble.tries then
    return ("trial %d: %s; it has not failed: the study goes on with it when it is run again")
      :format(trouble.trial, trouble.why)
  end
  return ("trial %d: %s, %d times (where memory is short, fewer --jobs may help); it has not "
    .. "failed: the study goes on with it when it is run again, %d more times"):format(
    trouble.trial, trouble.why, trouble.tries, trouble.left)
end

return tries
