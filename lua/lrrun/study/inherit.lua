--- A trial that goes on with another one's training: its run folder as a copy of that one's, with
--- other changes of the recipe. Everything is copied: weights, moments, where random numbers and
--- schedules stand, the log. run.yaml comes last: without it there is no run. Layer: study.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local folder_of_run = require "lrrun.runs.folder"
local next_folder = require "lrrun.record.next_folder"
local overrides = require "lrrun.recipe.overrides"
local plain = require "lrrun.recipe.plain"
local reload = require "lrrun.runs.reload"
local stored = require "lrrun.record.stored"

local DEEPEST = 16 -- folders of files that a recipe required
local PIECE = 1 << 22 -- bytes

-- What is of the study's, of the end of the other run, or written anew.
local LEFT = { ["job.json"] = true, ["outcome.json"] = true, ["worker.log"] = true,
  ["run.yaml"] = true, ["weights.safetensors"] = true, ["result.json"] = true,
  ["metrics.csv"] = true }

local function copy_file(from, to)
  local input <close> = assert(file.open(from))
  local output <close> = file.create(to)
  local at, size = 0, input:size()
  while at < size do
    local n = math.min(PIECE, size - at)
    output:write(assert(input:read(at, n)))
    at = at + n
  end
  output:commit()
end

-- What is in folder `name` of the run ("" for all of it); links are errors.
local function copy(from, to, name, depth)
  local place = from .. "/" .. name
  next_folder.make(to .. "/" .. name)
  for _, item in ipairs(file.list(place) or {}) do
    local below = name == "" and item or name .. "/" .. item
    local kind = file.kind(from .. "/" .. below)
    if not LEFT[below] and kind == "file" then
      copy_file(stored.path(from, below), to .. "/" .. below)
    elseif kind == "dir" and depth < DEEPEST then
      stored.path(from, below, "dir")
      copy(from, to, below, depth + 1)
    end
  end
end

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
  copy(settings.folder, folder, "", 0)
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
  local from = ("%s/%d"):format(folder:match "^(.*)/[^/]+$", work.from)
  local ok, why = pcall(take_over, from, folder, work, places)
  local stopped = not ok and errors.stopped(why)
  if stopped then
    error(stopped, 0)
  elseif not ok then
    current.out():warn("trial %d cannot be copied (%s): its schedule is trained from the start",
      work.from, tostring(errors.shown(why)))
  end
end
