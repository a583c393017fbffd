--- What a run is measured by: one file here for each metric, one line of FILES, and
--- everything that names metrics (logs, tables, charts, stop rules, help) asks this table.
--
-- A metric is a table:
--   name    "accuracy"
--   doc     one sentence, for help and editors
--   label   the title of its chart
--   short   its name where there is little room
--   mode    "min" or "max", which is better; nil: who watches it has to say so
--   splits  true: measured on each split, as train_NAME and val_NAME; else once, as NAME
--   needs   names of the sums that a loss has to count for it (op.h, counts); nil: none
--   of      function(sums, state) that gives its value: of session:sums() of that split
--           (loss, targets, what the loss counts; of training also grad_norm and steps) and
--           of the loop's state
--   format  of its value for people, as "%.4f"; nil: that of util/figure.lua
--   wide    largest through smallest value from which its chart is logarithmic; nil: never
--   share   true: a share of 1, of which two runs are compared by their difference
-- Layer: metrics.

local errors = require "lrrun.util.errors"
local figure = require "lrrun.util.figure"

local metrics = {}

-- In the order of a line of metrics.jsonl; those of splits stand together, loss first.
local FILES = { "lr", "loss", "accuracy", "grad_norm" }

local function append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

-- What is reported of a metric: under its name, or of a split under both.
local function entry_of(metric, split)
  local prefix = split and split .. "_" or ""
  return { name = prefix .. metric.name, short = prefix .. metric.short, metric = metric,
    split = split }
end

--- All metrics, in order; and the names of those of splits.
metrics.list, metrics.plain = {}, {}

--- What is reported of each split, and what is reported once, as { name = "val_accuracy",
--- short = "val_acc", metric, split = "val" }.
metrics.train, metrics.val, metrics.once = {}, {}, {}

for i, file in ipairs(FILES) do
  local metric = require("lrrun.metrics." .. file)
  metrics.list[i] = metric
  if metric.splits then
    table.insert(metrics.plain, metric.name)
    table.insert(metrics.train, entry_of(metric, "train"))
    table.insert(metrics.val, entry_of(metric, "val"))
  else
    table.insert(metrics.once, entry_of(metric))
  end
end

--- All that is reported: in the order in which people read it, ...
metrics.shown = append(append(append({}, metrics.train), metrics.val), metrics.once)

--- ... with both splits of a metric side by side, ...
metrics.paired = {}
for i, entry in ipairs(metrics.train) do
  append(metrics.paired, { entry, metrics.val[i] })
end
append(metrics.paired, metrics.once)

--- ... and as a line of a log has it.
metrics.logged = {}
local splits, once = append(append({}, metrics.train), metrics.val), 0
for _, metric in ipairs(metrics.list) do
  if metric.splits then
    append(metrics.logged, splits)
    splits = {}
  else
    once = once + 1
    table.insert(metrics.logged, metrics.once[once])
  end
end

--- What tells a validated run in one line: the training's loss and the validation's metrics.
metrics.summary = append({ metrics.train[1] }, metrics.val)

--- Entries by name.
metrics.by_name = {}
for _, entry in ipairs(metrics.shown) do
  metrics.by_name[entry.name] = entry
end

--- The names of a list of entries, behind those of `first`.
---@param entries table[]
---@param first string[]?
---@return string[]
function metrics.names(entries, first)
  local out = append({}, first or {})
  for _, entry in ipairs(entries) do
    out[#out + 1] = entry.name
  end
  return out
end

local NAMES = metrics.names(metrics.shown)

--- The value of an entry for people; "-" for nil.
---@param entry table
---@param value number?
function metrics.text(entry, value)
  local format = entry.metric.format
  if not format then
    return figure(value)
  end
  return value and format:format(value) or "-"
end

--- Which way a metric is better, "min" or "max"; nil where its name does not tell. A misspelt
--- name has the mode of the one it stands for: the run then says that it reports no such one.
---@param name string
---@return "min"|"max"|nil
function metrics.mode(name)
  local entry = metrics.by_name[name] or metrics.by_name[errors.nearest(name, NAMES)]
  return entry and entry.metric.mode
end

local function is_counted(metric, sums)
  for _, name in ipairs(metric.needs or {}) do
    if not sums[name] then
      return false
    end
  end
  return true
end

--- Puts what `split` came to into `into`: of "train" with what is reported once.
---@param into table<string, number>
---@param split "train"|"val"
---@param sums table<string, number> of session:sums() or session:evaluate()
---@param state table of the loop
function metrics.measure(into, split, sums, state)
  for _, entry in ipairs(metrics.shown) do
    if (entry.split or "train") == split and is_counted(entry.metric, sums) then
      into[entry.name] = entry.metric.of(sums, state)
    end
  end
end

--- The figures of one split by their metrics' own names: { loss =, accuracy = }.
---@param sums table<string, number>
---@return table<string, number>
function metrics.figures(sums)
  local out = {}
  for _, entry in ipairs(metrics.train) do
    if is_counted(entry.metric, sums) then
      out[entry.metric.name] = entry.metric.of(sums)
    end
  end
  return out
end

--- Names of all that a run reports whose loss counts these sums, in order of the alphabet.
---@param sums table<string, number>
---@param has_val boolean whether there is a validation split
---@return string[]
function metrics.reported(sums, has_val)
  local out = {}
  for _, entry in ipairs(metrics.shown) do
    if (entry.split ~= "val" or has_val) and is_counted(entry.metric, sums) then
      out[#out + 1] = entry.name
    end
  end
  table.sort(out)
  return out
end

return metrics
