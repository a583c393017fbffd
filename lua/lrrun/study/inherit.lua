--- A trial that goes on with another one's training: its run folder as a copy of that one's, with
--- other changes of the recipe. Everything is copied: weights, moments, where random numbers and
--- schedules stand, the log. run.yaml comes last: without it there is no run. Layer: study.

local copied = require "lrrun.study.copied"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local folder_of_run = require "lrrun.runs.folder"
local overrides = require "lrrun.recipe.overrides"
local plain = require "lrrun.recipe.plain"
local reload = require "lrrun.runs.reload"

-- What is of the study's, of the end of the other run, or written anew.
local LEFT = { ["job.json"] = true, ["outcome.json"] = true, ["worker.log"] = true,
  ["run.yaml"] = true, ["weights.safetensors"] = true, ["result.json"] = true,
  ["metrics.csv"] = true }

-- The changes of a run.yaml, those of work's paths replaced by work's.
local function changes_of(settings, work)
  local out, paths = {}, {}
  for _, item in ipairs(overrides.parse(work.changes)) do
    paths[item.path] = true
  end
  for _, text in ipairs(settings.overrides or {}) do
    if not paths[overrides.parse({ text })[1].path] then
      out[#out + 1] = text
    end
  end
  return table.move(work.changes, 1, #work.changes, #out + 1, out)
end

local function take_over(from, folder, work, places)
  local settings = reload.settings(from)
  settings.open = places
  copied(settings.folder, folder, LEFT)
  settings.overrides, settings.choices = changes_of(settings, work), work.params
  settings.settings = plain(reload.recipe(settings))
  folder_of_run.write_settings(folder, settings)
end

--- Makes the run folder of a trial from that of trial `work.from`, beside it. Where that one cannot
--- be copied there is none, and a word on why: the trial trains its schedule from the start, which
--- comes to the same.
---@param folder string
---@param work table
---@param places table as own.places
return function(folder, work, places)
  local from = ("%s/%s"):format(folder:match "^(.*)/[^/]+$", work.parent or work.from)
  local ok, why = pcall(take_over, from, folder, work, places)
  local stopped = not ok and errors.stopped(why)
  if stopped then
    error(stopped, 0)
  elseif not ok then
    current.out():warn("trial %d cannot be copied (%s): its schedule is trained from the start",
      work.from, tostring(errors.shown(why)))
  end
end
