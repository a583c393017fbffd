--- Makes a run that has ended longer and trains the rest. Layer: runs.

local checkpoint = require "lrrun.runs.checkpoint"
local execute = require "lrrun.runs.execute"
local extension = require "lrrun.runs.extension"
local folder = require "lrrun.runs.folder"
local metrics = require "lrrun.record.metrics_log"
local reload = require "lrrun.runs.reload"

local extend = {}

-- The settings of a run folder with one extension more, as they would be written.
local function with(settings, item)
  local out = {}
  for key, value in pairs(settings) do
    out[key] = value
  end
  out.extensions = table.move(settings.extensions or {}, 1, #(settings.extensions or {}), 1, {})
  table.insert(out.extensions, item)
  return out
end

--- The last state of a run that has ended: step, rate of its last update. Raises where it
--- has none.
---@param settings table
---@param run table the run of its folder, at its first step
---@param result table
function extend.last(settings, run, result)
  local reader <close> = checkpoint.latest(settings.folder, function(why)
    error(why, 0)
  end, run.session:tensors())
  if not reader or reader.state.step ~= result.steps then
    error(("%s has no checkpoint of its end: it cannot go on"):format(settings.folder), 0)
  end
  return result.steps, result.last.lr
end

--- The run with one extension more, at its end until now: ready for extend.record. Whatever keeps
--- it from going on (other data, a folder that another process writes) is raised here, and nothing
--- of the folder was changed.
---@param settings table of reload.settings
---@param item table of extension.new
---@param opts { dataset: table?, differs: boolean? }? of execute.reopen
---@return table run, table state
function extend.open(settings, item, opts)
  return execute.reopen(with(settings, item), opts)
end

--- Writes down the extension of an opened run. From here on `lrrun resume` goes on with it.
---@param run table of extend.open
function extend.record(run)
  local settings = run.settings
  if not run.folder then
    return -- another rank writes
  end
  folder.write_settings(settings.folder, settings)
  folder.history(settings, metrics.extended(settings.extensions[#settings.extensions]))
end

extend.train = execute.train

--- The extension that was recorded in an experiment, made again. hook_of(run): the hook of its
--- training (execute.train).
function extend.again(path, item, hook_of, opts)
  local run <close>, state = extend.open(reload.settings(path), item, { differs = true })
  extend.record(run)
  return extend.train(run, state, { quiet = opts.quiet, hook = hook_of(run) })
end

extend.new = extension.new

return extend
