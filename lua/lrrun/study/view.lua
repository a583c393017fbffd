--- A study from its folder, to be looked at: no recipe is run, no data are opened, nothing is
--- locked or written, and a search may be at it. Layer: study.

local about = require "lrrun.study.about"
local best_trial = require "lrrun.study.best"
local described = require "lrrun.study.described"
local journal = require "lrrun.study.journal"
local records = require "lrrun.study.records"
local restore = require "lrrun.study.restore"

local view = {}

local View = {}
local Mt = { __index = View }

--- The best trial (best.lua); nil where none has a value.
function View:best()
  return best_trial(self)
end

-- What the study was told, as far as its pictures need it.
local function settings_of(kept)
  return {
    kept = kept, monitor = kept.monitor, mode = kept.mode, objectives = kept.objectives,
    sign = kept.mode == "max" and -1 or 1, repeats = kept.repeats, trials = kept.trials,
    strategy = kept.strategy.kind:match "[^.]+$",
    pruner = kept.pruner and kept.pruner.kind:match "[^.]+$",
  }
end

-- The study of the journal that study.json is about; nil where nothing was written yet.
local function find(self, name)
  local found = self.journal:study(name)
  if not found and self.journal.studies[1] then
    error(("%s holds a study called '%s', not '%s' as study.json has it"):format(
      self.journal.path, self.journal.studies[1].name or "?", name), 0)
  end
  local kept = found and found.attrs.lrrun
  if found and not kept and self.journal:has_trials(found.id) then
    error(("%s: both lines that say the study's settings are damaged; remove the study's folder "
      .. "to begin again"):format(self.journal.path), 0)
  end
  return found and found.id, kept and records.SETTINGS:check(kept,
    self.journal.path .. ": the study's settings")
end

--- The study in a folder: name, folder, set = { monitor, mode, sign, objectives, strategy, pruner,
--- trials = how many it is to have, kept = all settings } or nil where it has not begun, space
--- (described.lua), trials by number, count, notes = what is damaged, a text each; best().
--- Trials are those of study.lua; one that pauses at a rung has a value and is running.
---@param folder string
---@return table
function view.read(folder)
  local kept = about.read(folder)
  local self = setmetatable({
    name = kept.name, folder = kept.folder, kind = {}, looks = true, trials = {}, count = 0,
    recorded = {}, damaged = {}, about = kept,
  }, Mt)
  self.journal = journal.read(kept.folder)
  local id, settings = find(self, kept.name)
  self.id, self.set = id, settings and settings_of(settings)
  self.notes = self.journal.notes
  self.space = described.space {}
  if not self.set then
    return self
  end
  local mine = {}
  for _, entry in ipairs(self.journal.trials) do
    mine[#mine + 1] = entry.study == id and entry.ours and entry or nil
  end
  local faults
  self.space, faults = described.space(mine)
  for _, list in ipairs { faults, (select(2, restore.all(self))) } do
    table.move(list, 1, #list, #self.notes + 1, self.notes)
  end
  return self
end

return view
