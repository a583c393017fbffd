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

local MOST_CLASSES = 256 -- of a confusion matrix
local MOST_SCORES = 1 << 24 -- numbers that are kept to rank them: 64 MB

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
    units = not plain and units or nil, rows = 0, collectors = {}, notes = {} }, Mt)
  for kind in pairs(native.kinds(of)) do
    if dataset.next then
      self.collectors.top5 = native.collect("top5", of, cols) -- classes are the whole vocabulary
    elseif kind ~= "confusion" or cols <= MOST_CLASSES and (of == "classes" or cols == 1) then
      self.collectors[kind] = native.collect(kind, of, cols)
    end
  end
  local tags = dataset.tags and dataset:tags()
  if tags then
    self.collectors.entities = native.collect("entities", of, cols, tags)
  end
  if of == "classes" and cols > MOST_CLASSES and not dataset.next then
    self.notes[1] = ("the confusion matrix is left out: of more than %d classes"):format(
      MOST_CLASSES)
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
    self.notes[#self.notes + 1] = ("auc is left out: it keeps a score of each of %d classes for "
      .. "each row, and there are more than %d rows"):format(self.cols, MOST_SCORES // self.cols)
  end
  for _, collector in pairs(self.collectors) do
    collector:add(output, y, len)
  end
end

local function name_of(self, class)
  local names = self.dataset.class_names
  return names and names[class] or tostring(class - 1)
end

-- The name of target i of several: that of its column, else its number.
local function target_of(self, i)
  local columns = self.dataset.columns
  return columns and columns.names and columns.names[columns.targets[i]] or tostring(i)
end

-- Figures of place i of what was collected as "classes"; 0 where there is nothing to divide by, as
-- in the mean over classes.
local function row_of(name, counts, i)
  local n, right, answered = counts.n[i], counts.right[i], counts.answered[i]
  return { name = name, n = n, accuracy = n > 0 and right / n or nil,
    precision = per_class.precision(n, right, answered), recall = per_class.recall(n, right),
    f1 = per_class.f1(n, right, answered) }
end

local function classes_of(self, counts)
  local rows = {}
  for i = 1, #counts.n do
    rows[i] = row_of(name_of(self, i), counts, i)
  end
  return rows
end

-- Of each of several questions its yes, with the share of its right answers.
local function questions_of(self, counts)
  local rows = {}
  for i = 1, self.cols do
    local row = row_of(target_of(self, i), counts, 2 * i)
    local all = counts.n[2 * i - 1] + counts.n[2 * i]
    row.accuracy = all > 0 and (counts.right[2 * i - 1] + counts.right[2 * i]) / all or nil
    rows[i] = row
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

-- Of each of several numbers its own figures.
local function outputs_of(self, errors)
  local rows = {}
  for i = 1, self.cols do
    local one = { errors = { n = errors.n, absolute = { errors.absolute[i] },
      squared = { errors.squared[i] }, spread = { errors.spread[i] },
      unit = errors.unit and { errors.unit[i] } } }
    setmetatable(one, { __index = { loss = 0, weight = 1, targets = 1 } })
    rows[i] = metrics.figures(one)
    rows[i].loss, rows[i].name, rows[i].rmse = nil, target_of(self, i), rmse_of(one.errors)
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

-- Why metrics that the loss can give have no value here.
local function undefined_of(self, result, sums)
  local notes = table.move(self.notes, 1, #self.notes, 1, {})
  for _, entry in ipairs(metrics.train) do
    local metric = entry.metric
    if metric.undefined and sums[metric.collects] and not result[metric.name] then
      notes[#notes + 1] = ("%s is not defined: %s"):format(metric.name, metric.undefined)
    end
  end
  return #notes > 0 and notes or nil
end

-- What there is beside the figures of all rows.
local function add_tables(self, result, sums)
  local counts, confusion = sums.classes, sums.confusion
  if self.dataset.next then
    return
  end
  if self.of == "numbers" then
    result.rmse = rmse_of(sums.errors)
    result.outputs = self.cols > 1 and outputs_of(self, sums.errors) or nil
  elseif self.of == "binary" and self.cols > 1 then
    result.outputs = questions_of(self, counts)
  else
    result.classes = classes_of(self, counts)
    result.confusion = confusion and matrix_of(confusion.counts, #result.classes)
    result.positive = #result.classes == 2 and result.classes[2].name or nil
  end
end

--- All figures, by name: numbers; `classes`, for each class { name, n, accuracy, precision,
--- recall, f1 }; `confusion`, a row for each target's class of how often which class was the
--- answer; `positive`, of two classes the one that f1, precision and recall are of; `outputs`, of
--- several numbers for each { name, mae, rmse, r2 }, of several questions what classes have, of
--- yes; `notes`, lines on what is left out. top5 only where there are more than five classes.
---@param sums table<string, number>? loss, weight, targets, and what the loss counts
---(graph:add_sums)
---@return table
function Measure:figures(sums)
  sums = setmetatable({}, { __index = sums })
  collect.into(sums, self.collectors, self.of, self.units)
  local result = metrics.figures(sums)
  result.notes = undefined_of(self, result, sums)
  if self.of == "classes" and self.cols <= 5 then
    result.top5 = nil
  end
  add_tables(self, result, sums)
  return result
end

return measure
