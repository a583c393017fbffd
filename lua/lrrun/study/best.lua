--- Which trial of a study is the best one. Layer: study.

local pareto = require "lrrun.study.pareto"

-- How far a trial has got: complete ones before all others.
local function reach(trial)
  return trial.state == "complete" and math.huge or trial.epochs or 0
end

local function is_better(sign, a, b)
  if reach(a) ~= reach(b) then
    return reach(a) > reach(b)
  end
  return sign * a.value < sign * b.value
end

--- The best complete trial, the earliest of equals; where none is complete (rungs that few
--- trials climb) the best of those that got farthest; of several objectives the knee (pareto.lua);
--- nil where no trial has a value.
---@param study table
---@return table?
return function(study)
  if study.set.objectives then
    return pareto.knee(study)
  end
  local best
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    if t and t.value and t.state ~= "fail"
      and (not best or is_better(study.set.sign, t, best)) then
      best = t
    end
  end
  return best
end
