--- What a run that goes on finds of its own past besides the checkpoint: its log and its
--- result. What is not as it was is named, and the run goes on without it. Layer: runs.

local current = require "lrrun.util.current"
local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local metrics = require "lrrun.record.metrics_log"
local stored = require "lrrun.record.stored"

local mend = {}

local function warn(message)
  current.out():warn("%s", message)
end

-- How many lines of a log that was scanned are those that were written, and what is wrong with
-- it, or nil.
local function whole_lines(found, mark, is_short)
  local fault = metrics.fault(found, mark, true)
  if not fault and (is_short or found.torn) then
    fault = "it ends before what was there when the run was saved"
  end
  if not fault then
    return #found.rows, nil
  elseif not mark then
    return #found.rows, fault
  elseif found.rows[mark.lines] and found.chain[mark.lines] ~= mark.crc then
    return 0, fault -- whole lines, and others than were written: of a version without checksums
  end
  return math.min(#found.rows, mark.lines), fault
end

-- Each log: its file, what its lines are, and what a checkpoint calls its size and mark.
local LOGS = {
  log = { "metrics.jsonl", nil, "log_size", "log" },
  step_log = { "steps.jsonl", metrics.STEPS, "step_log_size", "step_log" },
}

local function kept_text(run, name, text, lines, fault)
  local damaged = name:gsub("%.jsonl$", ".damaged.jsonl")
  if text ~= "" then
    file.write(run.folder .. "/" .. damaged, text)
  end
  warn(("%s/%s: %s; %s kept, the others are lost%s. Weights and digest do not hang on "
    .. "them"):format(run.folder, name, fault, lines == 1 and "1 line is" or lines .. " lines are",
    text ~= "" and (" (what was found is in %s)"):format(damaged) or ""))
end

--- The bytes of a log that a run keeps. Lines that its checkpoint says were there, and are not
--- or not as they were, are lost: the person hears of it, and the log as it was found is kept
--- beside it.
---@param run table
---@param kept table the checkpoint's state
---@param which "log"|"step_log" metrics.jsonl or steps.jsonl
---@return integer
function mend.log(run, kept, which)
  local name, desc, size_key, mark_key = table.unpack(LOGS[which], 1, 4)
  local text = stored.text(run.folder, name, metrics.MOST) or ""
  local size, mark = kept[size_key] or 0, kept[mark_key]
  local found = metrics.scan(text:sub(1, size), desc, run.id)
  local lines, fault = whole_lines(found, mark, #text < size)
  if not fault then
    return size
  end
  folder.history(run, { event = "lost", step = kept.step, lines = lines,
    of = mark and mark.lines, file = which ~= "log" and name or nil })
  kept_text(run, name, text, lines, fault)
  return found.ends[lines] or 0
end

--- Takes away the result of a run that stands before it again.
---@param run table
---@param state table
function mend.result(run, state)
  local ok, result = pcall(folder.result, run.settings)
  local is_behind = ok and result and result.steps > state.step
  if not ok then
    warn(("%s; it is written anew"):format(result))
  elseif is_behind then
    warn(("%s: its result is of step %d, the last checkpoint that can be used of step %d: what is "
      .. "between is trained again"):format(run.folder, result.steps, state.step))
  end
  if not ok or is_behind then
    file.remove(run.folder .. "/result.json")
  end
end

return mend
