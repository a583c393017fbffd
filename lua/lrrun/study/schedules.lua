--- What a member of a population was trained with: for each value that changed a schedule of
--- steps. It is all that its training hangs on. Layer: study.

local json = require "lrrun.record.json"

local schedules = {}

--- The trials that a trial goes back to, the first one first, itself last (`last`, which may not be
--- in the study yet).
---@param study table
---@param last table
---@return table[]
function schedules.lineage(study, last)
  local out, at = { last }, last
  while at.from do
    at = study.trials[at.from]
    table.insert(out, 1, at)
  end
  return out
end

-- { { step, value }, ... }: from that update on it is that value.
local function pieces(line, name)
  local out = {}
  for i, t in ipairs(line) do
    local value = t.params[name]
    if i == 1 or out[#out][2] ~= value then
      out[#out + 1] = { i == 1 and 0 or line[i - 1].steps, value }
    end
  end
  return out
end

local function text_of(list)
  local at, values = {}, {}
  for i, piece in ipairs(list) do
    at[i - 1] = i > 1 and ("%d*steps"):format(piece[1]) or nil
    values[i] = json.number(piece[2])
  end
  if not at[1] then
    return ("schedule.constant(%s)"):format(values[1])
  end
  return ("schedule.multistep{at={%s}, values={%s}}"):format(table.concat(at, ", "),
    table.concat(values, ", "))
end

--- The changes, as --set has them, that make a trial's training of the recipe.
---@param study table
---@param trial table
---@return string[]
function schedules.changes(study, trial)
  local line, out = schedules.lineage(study, trial), {}
  for _, i in ipairs(study.set.changing) do
    local name = study.space.dims[i].name
    if trial.params[name] ~= nil then
      out[#out + 1] = name .. "=" .. text_of(pieces(line, name))
    end
  end
  return out
end

return schedules
