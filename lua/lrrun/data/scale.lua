--- How a data set's values and targets are scaled, by its training split; for common.lua, and for
--- who learns from it. Layer: data.

local counted = require "lrrun.util.counted"
local targets = require "lrrun.data.targets"

local scale = {}

-- So many columns are named.
local NAMED = 3

local function fit_values(value, native, notes)
  local kind = value.opts.normalize
  local flat, same = native:fit(type(kind) == "string" and kind or "standard")
  local is_row = #native:info().shape == 1
  if flat > 0 and is_row then
    notes[#notes + 1] = counted(flat, "column") .. " without spread: only centred"
  end
  if same > 0 then
    notes.said_from = notes.said_from or #notes + 1
    notes[#notes + 1] = ("%s with the same quartiles: by mean and deviation, as normalize = "
      .. "\"standard\""):format(counted(same, is_row and "column" or "channel"))
  end
end

--- Says what was taken off the columns of arrays and lists as they were read.
---@param base number[]? of each column
---@param notes string[]
function scale.say_base(base, notes)
  local said = 0
  for i, offset in ipairs(base or {}) do
    if offset ~= 0 and said < NAMED then
      said = said + 1
      targets.say(notes, "column %d: %.15g is taken off, as 32 bits would lose how its values "
        .. "differ", i, offset)
    end
  end
end

--- Fits what the constructor's value says to a native data set that is split.
---@param value table
---@param native userdata
---@param notes string[] what there is to say
function scale.fit(value, native, notes)
  if notes.given_scale then
    native:set_scale(table.unpack(notes.given_scale))
  elseif value.opts.normalize and native:info().kind ~= "i32" then
    fit_values(value, native, notes)
  end
  if value.opts.target_scale and native:info().k > 0 then
    notes.flat_targets = native:fit_targets()
  end
end

--- What losses of scaled targets mean, in a line; nil where `loss` learns them as they are.
---@param dataset table
---@param loss table
---@return string?
function scale.note(dataset, loss)
  local means, deviations = dataset.target_means, dataset.target_deviations
  if not means or not loss.scales then
    return nil
  end
  local parts = {}
  for j = 1, math.min(#means, NAMED) do
    parts[j] = ("mean %.4g, deviation %.4g"):format(means[j], deviations[j])
  end
  if #means > NAMED then
    parts[#parts + 1] = ("and %d more"):format(#means - NAMED)
  end
  local flat = dataset.notes.flat_targets or 0
  return ("targets scaled by the training split (%s)%s; losses are of scaled targets, predictions "
    .. "and other figures are not; target_scale = false turns it off"):format(
    table.concat(parts, "; "), flat > 0 and (", %s without spread only centred"):format(
      counted(flat, "target")) or "")
end

return scale
