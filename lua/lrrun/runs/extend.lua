--- Makes a run that has ended longer and trains the rest. Layer: runs.

local checkpoint = require "lrrun.runs.checkpoint"
local execute = require "lrrun.runs.execute"
local extension = require "lrrun.runs.extension"
local folder = require "lrrun.runs.folder"
local reload = require "lrrun.runs.reload"

local extend = {}

--- The settings of a run folder with one extension more, written down. From here on
--- `lrrun resume` goes on with it.
---@param settings table of reload.settings
---@param item table of extension.new
function extend.record(settings, item)
  local out = {}
  for key, value in pairs(settings) do
    out[key] = value
  end
  out.extensions = table.move(settings.extensions or {}, 1, #(settings.extensions or {}), 1, {})
  table.insert(out.extensions, item)
  local line = { event = "extend" }
  for key, value in pairs(item) do
    line[key] = value
  end
  folder.history(settings, line)
  folder.write_settings(settings.folder, out)
  return reload.settings(settings.folder)
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

--- Goes on under the extensions of run.yaml, from the checkpoint of the run's last end.
---@param settings table
---@param opts table of execute.train
function extend.run(settings, opts)
  local run <close>, state = execute.reopen(settings)
  return execute.train(run, state, opts)
end

--- The extension that was recorded in an experiment, made again.
function extend.again(path, item, opts)
  return extend.run(extend.record(reload.settings(path), item), opts)
end

extend.new = extension.new

return extend
