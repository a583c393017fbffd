--- What `lrrun compare` says of runs with different schedules at the same rate: each schedule has
--- a best rate of its own, so that such runs tell the schedules from each other no more than
--- the rates. Layer: cli.

local command = require "lrrun.util.command"
local json = require "lrrun.record.json"
local recorded = require "lrrun.schedule.recorded"
local results = require "lrrun.cli.results"
local trained_epochs = require "lrrun.util.trained_epochs"
local transfer = require "lrrun.schedule.transfer"

local SAME = 0.01 -- share by which rates may differ and be the same
local APART = 1.2 -- factor between best rates that is worth a word

-- The clock of a run as it was planned, or nil where its record does not tell.
local function clock_of(run)
  local epochs, steps = trained_epochs(run.result), results.number(run.result, "steps")
  local per_epoch = epochs and steps and epochs > 0 and steps / epochs
  local planned = results.number(run.settings, "steps")
    or per_epoch and results.number(run.settings, "epochs")
    and results.number(run.settings, "epochs") * per_epoch
  local share = results.number(run.settings, "squeeze") or 1
  local total = planned and math.tointeger(math.max(1, planned * share // 1))
  if not per_epoch or not total then
    return nil
  end
  return { total_steps = total, steps_per_epoch = math.max(1, per_epoch // 1 | 0) }
end

-- { text, factor, peak } of a run's schedule, or nil where that cannot be told.
local function schedule_of(run)
  local optimizer, clock = (run.settings or {}).optimizer, clock_of(run)
  local lr = type(optimizer) == "table" and optimizer.lr
  local t = type(lr) == "table" and lr or (run.settings or {}).schedule
  local value = t and recorded(t)
  if not clock or t and not value then
    return nil
  end
  clock.lr = type(lr) == "number" and lr or nil
  local ok, found = pcall(transfer.of_schedule, value, clock)
  if not ok or not found then
    return nil
  end
  return found
end

-- The two runs of the same highest rate whose schedules want rates that lie farthest apart, the
-- lower one first; nil where they lie near each other.
local function farthest(rows)
  local low, high, most = nil, nil, APART
  for i, a in ipairs(rows) do
    for k = 1, #rows do
      local b = rows[k]
      if k ~= i and math.abs(b.peak - a.peak) <= SAME * a.peak and b.factor > most * a.factor then
        low, high, most = a, b, b.factor / a.factor
      end
    end
  end
  return low, high
end

-- The recipe of all of the runs as a command takes it; "RECIPE" where they have several.
local function recipe_of(runs)
  local found
  for i, run in ipairs(runs) do
    local path = type(run.started) == "table" and run.started.recipe
    found = type(path) == "string" and path ~= "" and (i == 1 or path == found) and path or nil
    if not found then
      return "RECIPE"
    end
  end
  return command.word(found)
end

--- The runs' schedules, and a sentence where some with the same highest rate differ in what rate
--- suits them; nil where there is nothing to say. Runs whose schedule hangs on a metric or on a
--- function are left out.
---@param runs table[] of results.read
---@return table[]? rows { run, peak, factor }, string? text
return function(runs)
  local rows = json.array {}
  for _, run in ipairs(runs) do
    local found = schedule_of(run)
    rows[#rows + 1] = found and { run = run.label, peak = found.peak, factor = found.factor }
  end
  local low, high = farthest(rows)
  if not low then
    return nil
  end
  return rows, ("schedules differ at the same rate (%.3g): the best rate of %s is about %.2g times "
    .. "that of linear decay, of %s %.2g times; compare each at its own best rate (lrrun "
    .. "sensitivity %s --with schedule=...)"):format(low.peak, low.run, low.factor, high.run,
    high.factor, recipe_of(runs))
end
