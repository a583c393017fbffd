--- What outputs and their targets come to, batch by batch: every metric that their loss can
--- give, figures of each class, and which classes were taken for which. Of evaluations, and of
--- whoever has labelled answers. Layer: train.
--
--   local m = measure.new(run.loss, dataset)
--   m:add(output, y, len)            for each batch
--   local result = m:figures(sums)   { loss, accuracy, f1, ..., classes, confusion, rmse }

local collect = require "lrrun.train.collect"
local metrics = require "lrrun.metrics"
local native = require "lrrun.native.measure"
local per_class = require "lrrun.metrics.per_class"

local measure = {}

local MOST_CLASSES = 1000 -- of a confusion matrix
local MOST_SCORES = 1 << 26 -- numbers that are kept to rank them: 256 MB

--- Names of all figures that are numbers, in the order of a table.
measure.FIGURES = table.move(metrics.plain, 1, #metrics.plain, 1, {})
table.insert(measure.FIGURES, #measure.FIGURES, "rmse")

local Measure = {}
local Mt = { __index = Measure }

--- Nothing is measured yet. loss: of a recipe; dataset: what its targets are.
---@param loss table
---@param dataset table classes or targets, class_names, target_deviations
---@param plain boolean? numbers are in the data's own units already, scaled or not
function measure.new(loss, dataset, plain)
  local of, cols, units = loss:rows(dataset)
  local self = setmetatable({ loss = loss, dataset = dataset, of = of, cols = cols,
    units = not plain and units or nil, rows = 0, collectors = {} }, Mt)
  for kind in pairs(native.kinds(of)) do
    if kind ~= "confusion" or cols <= MOST_CLASSES and (of == "classes" or cols == 1) then
      self.collectors[kind] = native.collect(kind, of, cols)
    end
  end
  return self
end

--- Adds a batch. output: (n, ...) as the network gave it; y: its targets; len: of targets at
--- each step of sequences, how many steps of each sample count.
---@param output userdata tensor
---@param y userdata tensor
---@param len userdata? tensor
function Measure:add(output, y, len)
  self.rows = self.rows + #output // self.cols
  if self.collectors.ranks and self.rows * self.cols > MOST_SCORES then
    self.collectors.ranks = nil
    self.notes = { ("auc is left out: it keeps a score of each of %d classes for each row, and "
      .. "there are more than %d rows"):format(self.cols, MOST_SCORES // self.cols) }
  end
  for _, collector in pairs(self.collectors) do
    collector:add(output, y, len)
  end
end

local function name_of(self, class)
  local names = self.dataset.class_names
  return names and names[class] or tostring(class - 1)
end

-- Figures of place i of what was collected as "classes".
local function row_of(name, counts, i)
  local n, right, answered = counts.n[i], counts.right[i], counts.answered[i]
  return { name = name, n = n, accuracy = n > 0 and right / n or nil,
    precision = answered > 0 and right / answered or nil, recall = n > 0 and right / n or nil,
    f1 = n + answered > 0 and per_class.f1(n, right, answered) or nil }
end

-- Of each class; of several questions of each one's yes.
local function rows_of(self, counts)
  local rows = {}
  local by = self.of == "binary" and self.cols > 1 and 2 or 1
  for i = by, #counts.n, by do
    local row = row_of(by == 2 and tostring(i // 2) or name_of(self, i), counts, i)
    row.accuracy = by == 1 and row.accuracy or nil
    rows[#rows + 1] = row
  end
  return rows
end

-- A list of rows: of the targets of a class how many were answered with which.
local function matrix_of(counts, size)
  local rows = {}
  for i = 1, size do
    rows[i] = table.move(counts, (i - 1) * size + 1, i * size, 1, {})
  end
  return rows
end

local function rmse_of(errors)
  local sum = 0
  for i, squared in ipairs(errors.squared) do
    sum = sum + squared * (errors.unit and errors.unit[i] or 1) ^ 2
  end
  return errors.n[1] > 0 and (sum / #errors.squared / errors.n[1]) ^ 0.5 or nil
end

-- Why metrics that the loss can give have no value here.
local function undefined_of(self, result, sums)
  local notes = self.notes or {}
  for _, entry in ipairs(metrics.train) do
    local metric = entry.metric
    if metric.undefined and sums[metric.collects] and not result[metric.name] then
      notes[#notes + 1] = ("%s is not defined: %s"):format(metric.name, metric.undefined)
    end
  end
  return #notes > 0 and notes or nil
end

--- All figures, by name: numbers; `classes`, for each class { name, n, accuracy, precision,
--- recall, f1 }, nil for what is not defined (of nn.bce with several outputs, for each of them);
--- `confusion`, a row for each target's class of how often which class was the answer; `positive`,
--- of two classes the one that f1, precision and recall are of; `notes`, lines on what is left
--- out. top5 only where there are more than five classes.
---@param sums table<string, number>? loss, targets and what the loss counts (graph:add_sums)
---@return table
function Measure:figures(sums)
  sums = setmetatable({}, { __index = sums })
  collect.into(sums, self.collectors, self.of, self.units)
  local counts, confusion = sums.classes, sums.confusion
  local result = metrics.figures(sums)
  result.notes = undefined_of(self, result, sums)
  if counts then
    result.classes = rows_of(self, counts)
    result.confusion = confusion and matrix_of(confusion.counts, self.of == "binary" and 2
      or self.cols)
  end
  if self.of == "classes" and self.cols <= 5 then
    result.top5 = nil
  end
  if self.of == "classes" and self.cols == 2 then
    result.positive = name_of(self, 2)
  end
  result.rmse = sums.errors and rmse_of(sums.errors) or nil
  return result
end

return measure
