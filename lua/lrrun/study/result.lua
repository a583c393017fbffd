--- A study as plain tables. Layer: study.

local json = require "lrrun.record.json"
local pareto = require "lrrun.study.pareto"
local parts = require "lrrun.study.parts"

-- Values of a trial by the names of the objectives, nil for one objective.
local function values_of(set, trial)
  local out = set.objectives and trial.objectives and trial.value and {}
  for i, item in ipairs(out and set.objectives or {}) do
    out[item.monitor] = trial.objectives[i]
  end
  return out or nil
end

-- Numbers of the trials that no other beats, and the objectives' names.
local function several(self)
  if not self.set.objectives then
    return nil, self.set.monitor
  end
  local numbers, names = json.array {}, json.array {}
  for i, t in ipairs(pareto.front(self)) do
    numbers[i] = t.number
  end
  for i, item in ipairs(self.set.objectives) do
    names[i] = item.monitor
  end
  return numbers, names
end

--- The study as plain tables: what --json prints.
---@param self table
return function(self)
  local trials, best = json.array {}, self:best()
  local front, objective = several(self)
  for number = 0, self.count - 1 do
    local t = self.trials[number]
    if t then
      trials[#trials + 1] = {
        number = t.number, params = t.params, value = t.value, state = t.state, seed = t.seed,
        seconds = t.seconds, digest = t.digest, epochs = t.epochs, error = t.error,
        from = t.from, values = values_of(self.set, t), by_seed = t.value and t.by_seed,
        spread = t.value and parts.spread(t.by_seed),
      }
    end
  end
  return {
    study = self.folder, strategy = self.set.strategy, pruner = self.set.pruner,
    objective = objective, repeats = self.set.repeats, trials = trials, pareto = front,
    best = best and { trial = best.number, value = best.value, params = best.params,
      values = values_of(self.set, best), digest = best.digest, seed = best.seed },
  }
end
