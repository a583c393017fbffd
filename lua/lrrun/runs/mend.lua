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

--- The bytes of metrics.jsonl that a run keeps. Lines that its checkpoint says were there, and
--- are not or not as they were, are lost: the person hears of it, and the log as it was found
--- is kept beside it.
---@param run table
---@param kept table the checkpoint's state
---@return integer
function mend.log(run, kept)
  local text = stored.text(run.folder, "metrics.jsonl", metrics.MOST) or ""
  local size, mark = kept.log_size or 0, kept.log
  local found = metrics.scan(text:sub(1, size), nil, run.id)
  local lines, fault = whole_lines(found, mark, #text < size)
  if not fault then
    return size
  end
  if text ~= "" then
    file.write(run.folder .. "/metrics.damaged.jsonl", text)
  end
  folder.history(run, { event = "lost", step = kept.step, lines = lines,
    of = mark and mark.lines })
  warn(("%s/metrics.jsonl: %s; %s kept, the others are lost%s. Weights and digest do not hang on "
    .. "them"):format(run.folder, fault, lines == 1 and "1 line is" or lines .. " lines are",
    text ~= "" and " (what was found is in metrics.damaged.jsonl)" or ""))
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
