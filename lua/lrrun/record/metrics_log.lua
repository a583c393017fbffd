--- metrics.jsonl: one JSON object on each line, on its way to the disk when written; and the
--- same as CSV.
--
-- A torn last line (the machine went down) is no error: readers drop it, and opening to
-- write cuts it. Layer: record.

local figures = require "lrrun.metrics"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"

local metrics = {}

-- The order that people read in.
local COLUMNS = figures.names(figures.logged, { "epoch", "step" })
local FIRST = { "event", table.unpack(COLUMNS) }
COLUMNS[#COLUMNS + 1] = "seconds"

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

--- Lines of epochs as CSV, for spreadsheets: a column for each figure that some line has,
--- an empty cell where a number is not finite. Other events are left out.
---@param rows table[] of metrics.read
---@return string
function metrics.csv(rows)
  local columns, lines = {}, {}
  for _, name in ipairs(COLUMNS) do
    for _, row in ipairs(rows) do
      if row.event == nil and type(row[name]) == "number" then
        columns[#columns + 1] = name
        break
      end
    end
  end
  lines[1] = table.concat(columns, ",")
  for _, row in ipairs(rows) do
    local cells = {}
    for i, name in ipairs(columns) do
      cells[i] = type(row[name]) == "number" and json.number(row[name]) or ""
    end
    lines[#lines + 1] = row.event == nil and table.concat(cells, ",") or nil
  end
  return table.concat(lines, "\n") .. "\n"
end

return metrics
