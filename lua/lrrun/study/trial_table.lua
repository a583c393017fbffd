--- The trials of a study as a table of a page. Layer: study.

local gather = require "lrrun.study.gather"
local parts = require "lrrun.study.parts"
local round = require "lrrun.page.round"
local screen = require "lrrun.util.screen"

local trial_table = {}

local OPEN, MOST = 30, 1000 -- rows that are not folded away; rows
local LONGEST, MOST_COLUMNS = 300, 40 -- columns of an error; dimensions

--- A value of a dimension as it is read.
---@param value any
---@return string
function trial_table.shown(value)
  return type(value) == "number" and round(value) or screen.cut(tostring(value), 60)
end

local function head_of(study, dims)
  local head, right = { "trial", "state" }, { true }
  for _, item in ipairs(study.set.objectives or { study.set }) do
    head[#head + 1] = item.monitor
    right[#head] = true
  end
  if study.set.repeats then
    head[#head + 1] = "±"
    right[#head] = true
  end
  for _, dim in ipairs(dims) do
    head[#head + 1] = dim.name
    right[#head] = not dim.labels
  end
  for _, name in ipairs { "epochs", "s" } do
    head[#head + 1] = name
    right[#head] = true
  end
  head[#head + 1] = ""
  return head, right
end

local function values_of(study, t)
  local out, list = {}, study.set.objectives and (t.objectives or {}) or { t.value }
  for i = 1, #(study.set.objectives or { study.set }) do
    out[i] = round(t.value and list[i])
  end
  return out
end

local function row_of(study, dims, t, class)
  local state = gather.state(t)
  local row = { ("%d"):format(t.number), state == "fail" and "failed" or state }
  local function put(text)
    row[#row + 1] = text or ""
  end
  for _, text in ipairs(values_of(study, t)) do
    put(text)
  end
  if study.set.repeats then
    local spread = parts.spread(t.by_seed)
    put(spread and round(spread))
  end
  for _, dim in ipairs(dims) do
    local value = t.params[dim.name]
    put(value ~= nil and trial_table.shown(value))
  end
  put(t.epochs and round(t.epochs))
  put(t.seconds and ("%.1f"):format(t.seconds))
  put(screen.cut(t.error or t.from and ("from trial %d"):format(t.from) or "", LONGEST))
  for i = 1, class and 3 or 0 do
    row[i] = { row[i], class = class }
  end
  return row
end

--- Puts the latest MOST trials on a page, folded away where they are many.
---@param p table of lrrun.page
---@param study table
---@param trials table[] all of them
---@param best table?
function trial_table.put(p, study, trials, best)
  if not trials[1] then
    return
  end
  local dims = table.move(study.space.dims, 1, math.min(MOST_COLUMNS, #study.space.dims), 1, {})
  local head, right = head_of(study, dims)
  local rows = {}
  for i = math.max(1, #trials - MOST + 1), #trials do
    local t = trials[i]
    rows[#rows + 1] = row_of(study, dims, t, best and t.number == best.number and "best" or nil)
  end
  local title = #rows < #trials and ("The last %d trials"):format(#rows) or "Trials"
  p:fold(title, function()
    p:table { head = head, rows = rows, right = right }
  end, #rows <= OPEN)
end

return trial_table
