--- The line of an evaluation: as much of what was measured as there is room for.
--
-- What goes first is what the run does not go by: gradient norm and other figures without a
-- split, then the training's figures but its loss, then those of validation but the accuracy, the
-- rate, that; what says which epoch is best, and both losses, stay. Columns keep their widths from
-- line to line, and what was left out once stays out. Layer: train.

local figure_text = require("lrrun.metrics").text
local metrics = require "lrrun.metrics"
local screen = require "lrrun.util.screen"

local epoch_line = {}

local GAP = "  "
-- Columns that are kept free for a value: rates end as 1.23e-05.
local ROOM = { lr = 8, d = 8 }
local LEAST_ROOM = 6

local function place_of(run, state)
  if not run.recipe.opts.validate then
    return ("epoch %" .. #tostring(run.epochs) .. "d/%d"):format(state.epoch, run.epochs)
  end
  local total = run.clock.total_steps
  return ("step %" .. #tostring(total) .. "d/%d  epoch %.2f"):format(state.step, total,
    run:epoch_of(state))
end

--- Seconds as "1:05", from an hour on "1:05h".
---@param seconds number
---@return string
function epoch_line.clock(seconds)
  seconds = math.floor(seconds + 0.5)
  if seconds >= 3600 then
    return ("%d:%02dh"):format(seconds // 3600, seconds // 60 % 60)
  end
  return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

-- How long a figure is kept where room is short, the least first.
local function rank_of(entry, monitor)
  if entry.name == monitor then
    return 9
  elseif entry.metric.name == "loss" then
    return 8
  elseif entry.name == "val_accuracy" then
    return 7
  elseif entry.name == "lr" then
    return 6
  elseif entry.split == "val" then
    return entry.metric.collects and 4 or 5
  elseif entry.split == "train" then
    return 3
  end
  return entry.name == "d" and 2 or 1
end

local Line = {}
local Mt = { __index = Line }

--- For the lines of one run, of at most `width` columns where the least fits.
---@param width integer
function epoch_line.new(width)
  return setmetatable({ width = width, taken = {}, out = {} }, Mt)
end

-- A figure's columns, which only grow.
local function cell_of(self, entry, value)
  local name = entry.split == "train" and entry.metric.short or entry.short
  local text = name .. " " .. figure_text(entry, value)
  local least = #name + 1 + (ROOM[entry.name] or LEAST_ROOM)
  self.taken[entry.name] = math.max(self.taken[entry.name] or least, #text)
  return text
end

-- Leaves figures out for good until the line fits.
local function make_room(self, shown, monitor, around)
  local total = around
  for _, entry in ipairs(shown) do
    total = total + #GAP + self.taken[entry.name]
  end
  while total > self.width do
    local least, at = math.huge, nil
    for i, entry in ipairs(shown) do
      local rank = rank_of(entry, monitor)
      if rank < least or rank == least and rank < 8 then
        least, at = rank, i
      end
    end
    if not at or least >= 8 then
      return
    end
    local entry = table.remove(shown, at)
    self.out[entry.name] = true
    total = total - #GAP - self.taken[entry.name]
  end
end

--- The line of a state of the loop; `*` stands at an evaluation that was the best until then.
---@param run table
---@param state table
---@return string
function Line:text(run, state)
  local m, shown, cells = state.metrics, {}, {}
  for _, entry in ipairs(metrics.shown) do
    if m[entry.name] and not self.out[entry.name] then
      shown[#shown + 1] = entry
      cells[entry] = cell_of(self, entry, m[entry.name])
    end
  end
  local is_best = run.best ~= nil and run.best.step == state.step
  local head = place_of(run, state) .. (is_best and "*" or " ")
  local clock = epoch_line.clock(run.timer:seconds())
  make_room(self, shown, run.monitor, #head + #GAP + #clock)
  local parts = { head }
  for _, entry in ipairs(shown) do
    parts[#parts + 1] = screen.pad(cells[entry], self.taken[entry.name])
  end
  parts[#parts + 1] = clock
  return table.concat(parts, GAP)
end

return epoch_line
