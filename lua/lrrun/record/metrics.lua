--- metrics.jsonl: one JSON object on each line, on its way to the disk when written.
--
-- A torn last line (the machine went down) is no error: readers drop it, and opening to
-- write cuts it. Layer: record.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"

local metrics = {}

-- The order that people read in.
local FIRST = { "event", "epoch", "step", "lr", "train_loss", "train_accuracy", "val_loss",
  "val_accuracy", "grad_norm" }

--- Opens the log at `path` for appending. `keep`: bytes of it to keep (what a checkpoint
--- noted as log:size()), so that a resumed run repeats no line; nil keeps all.
-- log:write(t) adds a line, log:size(), log:sync(), log:close(). Raises when it cannot.
---@param path string
---@param keep integer?
function metrics.open(path, keep)
  local handle = file.log(path, keep)
  local log = {}
  function log.write(_, t)
    handle:write(json.encode(t, { first = FIRST }) .. "\n")
  end
  function log.size()
    return handle:size()
  end
  function log.sync()
    handle:sync()
  end
  function log.close()
    handle:close()
  end
  return setmetatable(log, { __close = log.close })
end

--- All whole lines of a log as a list of tables; raises on a line that is no JSON object.
---@param path string
---@return table[]
function metrics.read(path)
  local text, why = file.read(path)
  if not text then
    error(why, 0)
  end
  local rows = {}
  for line in text:gmatch "([^\n]*)\n" do
    local ok, row = pcall(json.decode, line)
    if not ok or type(row) ~= "table" then
      error(("%s: line %d is no JSON object"):format(path, #rows + 1), 0)
    end
    rows[#rows + 1] = row
  end
  return rows
end

return metrics
