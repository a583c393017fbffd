--- What verbs that train say at the end, and their exit code. Layer: cli.

local command = require "lrrun.util.command"
local counted = require "lrrun.util.counted"
local json = require "lrrun.record.json"
local status = require "lrrun.cli.status"

local closing = {}

-- The loss and what says which epoch is best, drawn over the run's evaluations.
local function sparks(out, result)
  if not result.run then
    return
  end
  local settings = require("lrrun.runs.reload").settings(result.run)
  local rows = require("lrrun.runs.folder").rows(settings)
  local lines = require("lrrun.cli.sparks").lines(rows, require("lrrun.record.monitored")(settings),
    out:width())
  for i, line in ipairs(lines) do
    out:print("%s%s", i == 1 and "\n" or "", line)
  end
end

-- The epochs that it has trained, to two decimals.
local function epochs_of(result)
  local text = ("%.2f"):format(require "lrrun.util.trained_epochs"(result))
  return (text:gsub("%.?0+$", ""))
end

--- What a person reads at the end.
function closing.print(out, result)
  if not out.quiet then
    sparks(out, result)
  end
  local metrics = require "lrrun.metrics"
  local best, last = result.best, result.last
  local function row(name, m)
    if not m or not m.train_loss then
      return
    end
    local parts = { ("  %-5s"):format(name) }
    for _, entry in ipairs(m.val_loss and metrics.summary or metrics.train) do
      local value = m[entry.name]
      parts[#parts + 1] = value and entry.name .. " " .. metrics.text(entry, value)
    end
    parts[#parts + 1] = m.epoch and ("(epoch %.6g)"):format(m.epoch)
    out:print("%s", table.concat(parts, "  "))
  end
  out:print("")
  out:print("%s after %s, %s, %.1f s (%.0f samples/s, %s)", result.reason,
    counted(epochs_of(result), "epoch"), counted(result.steps, "step"), result.seconds,
    result.samples_per_second, counted(result.params, "parameter"))
  row("best", best)
  row("last", last)
  if best and result.weights == "last" then
    out:print "  the weights are those of the last epoch (restore_best = false)"
  end
  out:print("  digest %s", result.digest)
  if result.run then
    out:print("  run    %s", result.run)
  end
  if result.run and result.reason == "interrupted" then
    out:print("saved at step %d; to go on: %s", result.steps,
      command.line("resume", result.run))
  end
  for _, note in ipairs(out.quiet and result.notes or {}) do
    if note.kind == "diverged" then -- without --quiet it was said when it was met
      out:print("%s", note.text)
    end
  end
end

--- The answer for programs: each run's has the same keys.
function closing.answer(out, result)
  if result.best == nil and out.json then -- it ended before its first evaluation
    local all = { best = json.null }
    for key, value in pairs(result) do
      all[key] = value
    end
    result = all
  end
  out:result(result)
end

--- The result of a run that has ended, and nothing is left to do; else nil.
---@param settings table of reload.settings
function closing.finished(settings)
  local result = require("lrrun.runs.folder").result(settings)
  if not result or result.reason == "interrupted"
    or (result.extended or 0) < #(settings.extensions or {}) then
    return nil
  end
  return result
end

--- The exit code of a result.
function closing.code(result)
  return status.of_run(result.reason)
end

return closing
