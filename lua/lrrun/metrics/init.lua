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
--   needs   names of the sums that a loss has to count for it (op.h, counts), or of what is known
--           of data whose targets are the next tokens (train/collect.lua, of_text), or of the
--           optimizer (d); nil: none
--   collects  what has to be collected of outputs and targets besides, the name of a kind of
--           collectors (train/collect.h): such a metric is measured where it is asked for, by
--           the recipe's `metrics` or by who watches it. nil: nothing
--   unasked with collects: the split of which it is reported without being asked for, where
--           the loss has such targets
--   probed  true: measured by a probe of the loss (train/probe.lua), where it is asked for, as is
--           one with `collects`
--   positive  with collects: true where of two classes it is that of the second alone
--   entities  with collects: true where of tags it is that of entities, which are collected too
--   undefined  with collects or probed: when it has no value; nil: where the split has no targets
--   of      function(sums, state) that gives its value, or nil where it is not defined: of
--           session:sums() of that split (loss, targets, what the loss counts; of training
--           also grad_norm and steps), to which what was collected is added under its kind's
--           name, and of the loop's state
--   format  of its value for people, as "%.4f"; nil: that of util/figure.lua
--   wide    largest through smallest value from which its chart is logarithmic; nil: never
--   share   true: a share of 1, of which two runs are compared by their difference
-- Layer: metrics.

local errors = require "lrrun.util.errors"
local figure = require "lrrun.util.figure"

local metrics = {}

-- In the order of a line of metrics.jsonl; those of splits stand together, loss first.
local FILES = { "lr", "d", "loss", "perplexity", "bits_per_byte", "accuracy", "balanced_accuracy",
  "f1", "precision", "recall", "auc",
  "top5", "mae", "r2", "grad_norm", "sharpness", "noise_scale" }

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

-- Whether `sums` have what a metric needs, where it was asked for if that is a question.
local function is_there(entry, sums, asked)
  local metric = entry.metric
  for _, name in ipairs(metric.needs or {}) do
    if not sums[name] then
      return false
    end
  end
  if metric.probed then
    return not asked or asked[entry.name] ~= nil
  end
  return not metric.collects or sums[metric.collects] ~= nil
    and (not asked or asked[entry.name] ~= nil)
end

--- What is measured of each split, of "train" with what is reported once.
---@param names string[] of what is reported (metrics.possible)
---@return { train: table[], val: table[] } entries
function metrics.of_splits(names)
  local out = { train = {}, val = {} }
  for _, name in ipairs(names) do
    local entry = metrics.by_name[name]
    table.insert(out[entry.split or "train"], entry)
  end
  return out
end

--- Puts what a split came to into `into`.
---@param into table<string, number>
---@param entries table[] of that split (metrics.of_splits)
---@param sums table<string, any> of session:sums() or session:evaluate(), and what was collected
---@param state table of the loop
function metrics.measure(into, entries, sums, state)
  for i = 1, #entries do
    local entry = entries[i]
    into[entry.name] = entry.metric.of(sums, state)
  end
end

--- The figures of one split by their metrics' own names: { loss =, accuracy = }.
---@param sums table<string, any>
---@return table<string, number>
function metrics.figures(sums)
  local out = {}
  for _, entry in ipairs(metrics.train) do
    if is_there(entry, sums) then
      out[entry.metric.name] = entry.metric.of(sums)
    end
  end
  return out
end

--- Names of all that a run can report whose loss counts these sums and whose targets these kinds
--- of collectors take, in order of the alphabet.
---@param sums table<string, number>
---@param has_val boolean whether there is a validation split
---@param kinds table<string, boolean>? none without
---@param asked table<string, boolean>? of metrics.asked: names of all that it does report
---@return string[]
function metrics.possible(sums, has_val, kinds, asked)
  local there = setmetatable({}, { __index = function(_, name)
    return sums[name] or kinds and kinds[name]
  end })
  local out = {}
  for _, entry in ipairs(metrics.shown) do
    if (entry.split ~= "val" or has_val) and is_there(entry, there, asked) then
      out[#out + 1] = entry.name
    end
  end
  return out
end

--- What a recipe's `metrics` may name: "f1" of both splits, "val_f1" of one.
metrics.choices = append({}, metrics.plain)
for _, entry in ipairs(metrics.paired) do
  metrics.choices[#metrics.choices + 1] = (entry.split or entry.metric.probed) and entry.name or nil
end

--- The entries of a name of `metrics` or of a monitor; none for a name that is no metric's.
---@param name string
---@return table[]
function metrics.named(name)
  local out = { metrics.by_name[name] }
  for _, entry in ipairs(#out == 0 and metrics.shown or {}) do
    out[#out + 1] = entry.split and entry.metric.name == name and entry or nil
  end
  return out
end

--- What is collected of a loss whose targets these kinds take, and what is probed: by its name true
--- where an entry is named, false where it is reported unasked.
---@param names string[] of a recipe's metrics and of who watches one
---@param kinds table<string, boolean>
---@return table<string, boolean>
function metrics.asked(names, kinds)
  local out = {}
  local function add(entry, is_named)
    local kind = entry.metric.collects
    if entry.metric.probed or kind and kinds[kind] then
      out[entry.name] = is_named
    end
  end
  for _, entry in ipairs(metrics.shown) do
    if entry.split and entry.metric.unasked == entry.split then
      add(entry, false)
    end
  end
  for _, name in ipairs(names) do
    for _, entry in ipairs(metrics.named(name)) do
      add(entry, true)
    end
  end
  return out
end

return metrics
