--- What the trials of another study tell this one: a recipe whose search space has changed keeps
--- what was found out before. Trials whose values are points of the new space are known to its
--- strategy and are not tried again; the others are counted, and stay where they are.
--
-- A new study takes them in when it begins, in the terms of its own space, and holds them in its
-- settings: it hangs on no other folder afterwards. Layer: study.

local Journal = require "lrrun.study.journal"
local counted = require "lrrun.util.counted"
local distribution = require "lrrun.study.distribution"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local records = require "lrrun.study.records"

local prior = {}

local STATES = { [Journal.COMPLETE] = "ok", [Journal.PRUNED] = "pruned",
  [Journal.FAIL] = "failed" }

-- The labels of a recorded choice.
local function labels_of(text)
  local ok, found = pcall(json.decode, text or "")
  local attributes = ok and type(found) == "table" and found.attributes
  local list = type(attributes) == "table" and attributes.choices
  return type(list) == "table" and list or {}
end

-- Choices are recorded by their place, which another list may have given to something else.
local function renumbered(dim, value, text)
  local was = labels_of(text)[math.tointeger(value + 1) or 0]
  for i, choice in ipairs(labels_of(distribution.text(dim))) do
    if was ~= nil and choice == was then
      return i - 1
    end
  end
  return nil
end

-- The params of an entry in the terms of the new space; nil where it is no point of it.
local function translate(space, entry)
  local params = {}
  for name, value in pairs(entry.params) do
    local place = space.place[name]
    local dim = place and space.dims[place]
    if type(value) ~= "number" or not dim then
      return nil
    end
    local text = entry.distributions[name]
    params[name] = dim.labels and renumbered(dim, value, text) or not dim.labels and value
      or nil
    if params[name] == nil then
      return nil
    end
  end
  return prior.point(space, params) and params
end

--- The point that such params are of; nil where they are none of the space.
---@param space table
---@param params table<string, number>
---@return any[]?
function prior.point(space, params)
  local ok, point = pcall(distribution.point, space, params)
  return ok and pcall(space.native.check, space.native, point) and point or nil
end

-- A trial that ended, with its last value; nil for others.
local function ended(entry)
  local attrs = entry.ours and not entry.damaged and records.ATTRS:try(entry.attrs)
  local mine = attrs and attrs.lrrun
  local state = STATES[entry.state]
  local value = mine and mine.values[#mine.values]
  if not mine or not state or state ~= "failed" and not value then
    return nil
  end
  return { state = state, value = state ~= "failed" and value or nil, number = mine.number }
end

local function kind_of(k_fold)
  return k_fold and ("means over %d folds"):format(k_fold) or "of one validation split"
end

local function check(kept, folder, cfg)
  local study = kept.studies[1]
  local set = records.SETTINGS:check(study and study.attrs.lrrun,
    kept.path .. ": the study's settings")
  if set.k_fold ~= cfg.k_fold then
    errors.raise(nil, "%s: the values of %s are %s, of this search %s: they cannot be compared",
      cfg.who, folder, kind_of(set.k_fold), kind_of(cfg.k_fold))
  elseif set.objectives or cfg.objectives then
    errors.raise(nil, "%s: 'prior' takes trials of one objective for a search for one; %s has %d, "
      .. "this search %d", cfg.who, folder, #(set.objectives or { 1 }),
      #(cfg.objectives or { 1 }))
  elseif set.monitor ~= cfg.monitor or set.mode ~= cfg.mode then
    errors.raise(nil, "%s: %s searched for %s (%s), this recipe for %s (%s): their values "
      .. "cannot be compared", cfg.who, folder, set.monitor, set.mode, cfg.monitor, cfg.mode)
  end
end

--- The trials of the study in `folder` for a study of `cfg` (opening.of) that is to begin: list
--- of records.PRIOR, and a sentence on them. Raises where the folder holds no study of that metric.
---@param folder string
---@param cfg table
---@return table[] list, string text
function prior.read(folder, cfg)
  if not file.kind(folder .. "/journal.log") then
    errors.raise(nil, "%s: 'prior' takes the folder of a study, such as runs/NAME-study; %s has no "
      .. "journal.log", cfg.who, errors.show(folder))
  end
  local kept = Journal.read(folder)
  check(kept, folder, cfg)
  local list, outside, best = {}, 0, nil
  local sign = cfg.mode == "max" and -1 or 1
  for _, entry in ipairs(kept.trials) do
    local trial = ended(entry)
    local params = trial and translate(cfg.space, entry)
    outside = outside + (trial and not params and 1 or 0)
    if params then
      list[#list + 1] = { params = params, state = trial.state, value = trial.value }
      if trial.value and (not best or sign * trial.value < sign * best.value) then
        best = trial
      end
    end
  end
  local text = ("%s: %s known%s; %d lie outside this recipe's space and are not used")
    :format(folder, counted(#list, "trial is", "trials are"),
      best and (", the best is trial %d with %.6g"):format(best.number, best.value) or "", outside)
  return list, text
end

return prior
