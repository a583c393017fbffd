--- metrics.jsonl, steps.jsonl and history.jsonl: one JSON object on each line, on its way to the
--- disk when written; and the first as CSV.
--
-- A line ends with its checksum, `"crc":"..."`: CRC-32C over that of the line before (of the
-- first one over `seed`, the run's id) and this one's own text, so that a line that is changed,
-- missing, doubled, moved or another run's is known, and the last one stands for all. Logs of
-- versions before have none. A torn last line (the machine went down) is no fault of a log that
-- is being written: readers drop it, and opening to write cuts it. Layer: record.

local figures = require "lrrun.metrics"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local record = require "lrrun.native.record"
local schema = require "lrrun.record.schema"
local summed_line = require "lrrun.record.summed_line"

local metrics = {}

-- The order that people read in.
local COLUMNS = figures.names(figures.logged, { "epoch", "step" })
local FIRST = { "event", table.unpack(COLUMNS) }
COLUMNS[#COLUMNS + 1] = "seconds"

local MOST = 1 << 28 -- bytes of a log that are read: a million epochs

local STEP = { "step", "integer", min = 0, required = true, doc = "updates made" }
local EVENT = { "event", "string", doc = "what happened" }

-- The rule of each figure, for whoever keeps some of them.
local function figure_rules(list)
  for _, entry in ipairs(figures.shown) do
    list[#list + 1] = { entry.name, "real" }
  end
  return list
end

--- Gradient norms by parameter, as a line, a result and a checkpoint have them.
metrics.NORMS = { "grad_norms", "map", doc = "by parameter", of = schema.record { keys = {
  { "mean", "real" }, { "max", "real" } } } }

local RATES = { "rates", "map", of = "real", doc = "by parameter, of the last update" }

--- Rules of figures behind those of `first`.
---@param first table[]
---@return table[]
function metrics.figure_rules(first)
  return figure_rules(table.move(first, 1, #first, 1, {}))
end

local EPOCH = schema.record {
  doc = "What an evaluation came to, as a rule that of an epoch's end.",
  keys = metrics.figure_rules { { "epoch", "number", above = 0, required = true,
    doc = "the epoch that ends, from 1; with `validate` how many are trained" }, STEP,
    { "seconds", "number", min = 0 }, metrics.NORMS, RATES },
}

local ROLLBACK = schema.record {
  doc = "The run went back to a good state with a lower rate.",
  keys = { EVENT, STEP, { "from_step", "integer", min = 0 }, { "factor", "number" },
    { "times", "integer", min = 0 } },
}

local UPDATES = schema.record {
  doc = "What updates came to, since the line before.",
  keys = { STEP, { "epoch", "number", above = 0, required = true, doc = "how many are trained" },
    { "lr", "real", doc = "of the last one" },
    { "d", "real", doc = "what the optimizer multiplied it by, where it finds that" },
    { "loss", "real", doc = "mean" },
    { "grad_norm", "real", doc = "mean, before clipping" },
    { "numbers", "map", of = "real", most = 10000, doc = "what else a schedule moves" } },
}

--- An extension, as run.yaml, history.jsonl and experiment files have it (runs/extension.lua).
metrics.EXTENSION = {
  { "via", "string", choices = { "stretch", "rewarm", "cooldown", "continue" }, required = true },
  { "epochs", "integer", min = 1 }, { "steps", "integer", min = 1 },
  { "from_step", "integer", min = 0, required = true }, { "from_lr", "number", min = 0 },
  { "base", "number", min = 0 }, { "warm", "integer", min = 1 },
  { "set", "list", of = { nil, "text", longest = 65536 }, most = 1000 },
}

-- A line of metrics.jsonl.
local LINE = schema.record { other = EPOCH, by = "event", variants = { rollback = ROLLBACK },
  by_step = true }

--- A line of steps.jsonl.
metrics.STEPS = schema.record { other = UPDATES, by = "event", by_step = true,
  variants = { rollback = ROLLBACK } }

--- A line of history.jsonl.
metrics.HISTORY = schema.record { by = "event", variants = {
  rollback = ROLLBACK,
  resume = schema.record { keys = { EVENT, STEP } },
  lost = schema.record { keys = { EVENT, STEP, { "lines", "integer", min = 0 },
    { "of", "integer", min = 0 }, { "file", "string", longest = 100 } } },
  extend = schema.record { keys = { EVENT, table.unpack(metrics.EXTENSION) } },
  continue = schema.record { keys = { EVENT, table.unpack(metrics.EXTENSION) } },
} }

metrics.LINE = LINE

--- The line of history.jsonl that says of an extension.
---@param item table
function metrics.extended(item)
  local line = { event = item.via == "continue" and "continue" or "extend" }
  for key, value in pairs(item) do
    line[key] = value
  end
  return line
end

local function chained(before, body)
  return ("%08x"):format(record.crc32c(before .. body))
end

-- Each whole line of a text: its number, body, checksum or nil, and the byte behind it.
local function lines_of(text)
  local at, number = 1, 0
  return function()
    local stop = text:find("\n", at, true)
    if not stop then
      return nil
    end
    local body, crc = summed_line.split(text:sub(at, stop - 1))
    at, number = stop + 1, number + 1
    return number, body, crc, stop
  end
end

--- Opens the log at `path` for appending. `keep`: bytes of it to keep (what a checkpoint
--- noted as log:size()), so that a resumed run repeats no line; nil keeps all.
-- log:write(t) adds a line, log:size(), log:sync(), log:close(), log:mark() gives { lines =
-- how many it has, crc = the last one's checksum }. Raises when it cannot.
---@param path string
---@param keep integer?
---@param seed string?
function metrics.open(path, keep, seed)
  local handle = file.log(path, keep)
  local count, last = 0, seed or ""
  if handle:size() > 0 then
    for number, body, crc in lines_of(file.read(path, MOST) or "") do
      count, last = number, crc or chained(last, body)
    end
  end
  local log = {}
  function log.write(_, t)
    local body = json.encode(t, { first = FIRST })
    count, last = count + 1, chained(last, body)
    handle:write(summed_line.join(body, last) .. "\n")
  end
  function log.size()
    return handle:size()
  end
  function log.mark()
    return { lines = count, crc = count > 0 and last or "" }
  end
  function log.sync()
    handle:sync()
  end
  function log.close()
    handle:close()
  end
  return setmetatable(log, { __close = log.close })
end

-- What is wrong with a line that is read, or nil; and its row.
local function fault_of(desc, body, crc, chain, sealed)
  if crc and crc ~= chain then
    return "its checksum differs: it was changed, or lines before it are missing or moved"
  elseif sealed and not crc then
    return "its checksum is missing"
  end
  local ok, row = pcall(json.decode, body)
  if not ok then
    return "is no JSON object (" .. tostring(row):gsub("^line 1, ", "") .. ")"
  end
  local out, why = desc:try(row)
  return why, out
end

-- Updates only grow from line to line, but where the run went back.
local function out_of_order(row, last)
  if row.event == nil and row.step and row.step <= last then
    return ("is of step %d, behind one of step %d: lines are doubled or moved"):format(row.step,
      last)
  end
  return nil
end

--- What a log's text holds: { rows, ends = byte behind each line, chain = checksum at each,
--- fault = { line, why } of the first line that is wrong (nothing is taken from there on),
--- torn = whether it ends within a line }.
---@param text string
---@param desc table? metrics.LINE (default), metrics.STEPS or metrics.HISTORY
---@param seed string? without it the first line's checksum is taken as it is
function metrics.scan(text, desc, seed)
  desc = desc or LINE
  local found = { rows = {}, ends = {}, chain = {} }
  local chain, sealed, last = seed or "", false, -1
  for number, body, crc, stop in lines_of(text) do
    chain = number == 1 and not seed and crc or chained(chain, body)
    local why, row = fault_of(desc, body, crc, chain, sealed)
    why = why or desc.by_step and out_of_order(row, last) or nil
    if why then
      found.fault = { line = number, why = why }
      return found
    end
    sealed, last = crc ~= nil, row.step or last
    found.rows[number], found.ends[number], found.chain[number] = row, stop, chain
  end
  found.torn = text:sub(-1) ~= "\n" and text ~= ""
  return found
end

--- The mark of a log that was scanned, as log:mark() gives it.
function metrics.mark(found)
  return { lines = #found.rows, crc = found.chain[#found.rows] or "" }
end

--- What is wrong with a log that was scanned: "line 3: ..."; or, where `mark` (log:mark() as it
--- was noted) says what it held, "it holds 2 of 7 lines"; nil where all is right.
---@param found table of metrics.scan
---@param mark { lines: integer, crc: string }?
---@param is_whole boolean? whether nothing may come behind the mark
---@return string?
function metrics.fault(found, mark, is_whole)
  if found.fault then
    return ("line %d: %s"):format(found.fault.line, found.fault.why)
  elseif not mark then
    return nil
  elseif #found.rows < mark.lines then
    return ("it holds %d of the %d lines that were written"):format(#found.rows, mark.lines)
  elseif mark.lines > 0 and found.chain[mark.lines] ~= mark.crc then
    return "it is not the log that was written: its checksum is another"
  elseif is_whole and (#found.rows > mark.lines or found.torn) then
    return ("it holds more than the %d lines that were written"):format(mark.lines)
  end
  return nil
end

--- All whole lines of a log as a list of tables; raises what is wrong with one.
---@param path string
---@param desc table? metrics.LINE (default), metrics.STEPS or metrics.HISTORY
---@return table[]
function metrics.read(path, desc)
  local text, why = file.read(path, MOST)
  if not text then
    error(why, 0)
  end
  local found = metrics.scan(text, desc)
  local fault = metrics.fault(found)
  if fault then
    error(("%s: %s"):format(path, fault), 0)
  end
  return found.rows
end

metrics.MOST = MOST

-- cells: for each line of an epoch, name -> text.
local function csv_of(cells)
  local columns, lines = {}, {}
  for _, name in ipairs(COLUMNS) do
    for _, row in ipairs(cells) do
      if row[name] then
        columns[#columns + 1] = name
        break
      end
    end
  end
  lines[1] = table.concat(columns, ",")
  for i, row in ipairs(cells) do
    local line = {}
    for j, name in ipairs(columns) do
      line[j] = row[name] or ""
    end
    lines[i + 1] = table.concat(line, ",")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Lines of epochs as CSV, for spreadsheets: a column for each figure that some line has,
--- an empty cell where a number is not finite. Other events are left out.
---@param rows table[] of metrics.read
---@return string
function metrics.csv(rows)
  local cells = {}
  for _, row in ipairs(rows) do
    local line = {}
    for _, name in ipairs(COLUMNS) do
      line[name] = type(row[name]) == "number" and json.number(row[name]) or nil
    end
    cells[#cells + 1] = row.event == nil and line or nil
  end
  return csv_of(cells)
end

--- The same of the log's text, where it is what this program wrote, as `mark` says (log:mark()):
--- its numbers stand in it as CSV has them, and nothing is decoded. Else nil.
---@param text string
---@param mark { lines: integer, crc: string }
---@param seed string? as for open
---@return string?
function metrics.csv_of_log(text, mark, seed)
  local cells, chain, count, ends = {}, seed or "", 0, 0
  for number, body, crc, stop in lines_of(text) do
    chain, count, ends = chained(chain, body), number, stop
    if crc ~= chain then
      return nil
    elseif not body:find('^{"event":') then
      -- Columns come first in a line; behind them stand norms by parameter, and the seconds.
      local line = { seconds = body:match('"seconds":(%-?%d[%d.eE+-]*)}$') }
      local norms = body:find('"grad_norms":', 1, true) or body:find('"rates":', 1, true)
      for name, value in body:sub(1, (norms or 0) - 1):gmatch '"([%w_]+)":(%-?%d[%d.eE+-]*)' do
        line[name] = value
      end
      cells[#cells + 1] = line
    end
  end
  if count ~= mark.lines or ends ~= #text or count > 0 and chain ~= mark.crc then
    return nil
  end
  return csv_of(cells)
end

return metrics
