--- What inspect.lua found, on a page: figures, each class, which was taken for which, residuals,
--- and the samples that the network met worst. Layer: report.

local bitmap = require "lrrun.page.bitmap"
local counted = require "lrrun.util.counted"
local escape = require "lrrun.page.escape"
local heat = require "lrrun.page.heat"
local measure = require "lrrun.train.measure"
local mistaken = require "lrrun.metrics.mistaken"
local round = require "lrrun.page.round"
local values = require "lrrun.report.values"

local answers = {}

local MOST_ROWS = 200 -- classes in the table
local MOST_PAIRS = 12
local BINS = 30 -- of the residuals' histogram
local COLUMNS = 8 -- of a row that are shown unasked
local SPLITS = { val = "validation samples", test = "test samples" }

local function share(x)
  return x and ("%.1f %%"):format(100 * x) or "-"
end

local function score(x)
  return x and ("%.3f"):format(x) or "-"
end

local function put_figures(p, found)
  local rows, result = {}, found.result
  for _, name in ipairs(measure.FIGURES) do
    if result[name] then
      rows[#rows + 1] = { name, round(result[name]) }
    end
  end
  p:tiles(rows)
  if result.positive then
    p:text(("f1, precision and recall are of class %s"):format(result.positive), "dim")
  end
end

local function put_classes(p, found)
  local rows, list, head = {}, found.result.classes or found.result.outputs, nil
  if not list then
    return
  end
  for i = 1, math.min(#list, MOST_ROWS) do
    local row = list[i]
    if row.mae then
      head = { "output", "mae", "rmse", "r2" }
      rows[i] = { row.name, round(row.mae), round(row.rmse), score(row.r2) }
    else
      head = { found.result.classes and "class" or "yes of", "precision", "recall", "F1", "n" }
      rows[i] = { row.name, score(row.precision), score(row.recall), score(row.f1),
        round(row.n) }
    end
  end
  p:table { head = head, rows = rows, right = { false, true, true, true, true } }
  if #list > MOST_ROWS then
    p:text(("and %d more: lrrun eval RUN --json"):format(#list - MOST_ROWS), "dim")
  end
end

-- The pairs of classes that were taken for each other most often.
local function put_pairs(p, confusion, names)
  local list, rows = mistaken(confusion), {}
  for j = 1, math.min(#list, MOST_PAIRS) do
    rows[j] = { names[list[j].target], names[list[j].answer], round(list[j].n) }
  end
  if #rows > 0 then
    p:table { head = { "was", "taken for", "times" }, rows = rows, right = { [3] = true } }
  end
end

-- Of each row the share of a class's samples.
local function shares_of(confusion)
  local out = {}
  for i, row in ipairs(confusion) do
    local sum = 0
    for _, n in ipairs(row) do
      sum = sum + n
    end
    out[i] = {}
    for k, n in ipairs(row) do
      out[i][k] = sum > 0 and n / sum or 0
    end
  end
  return out
end

local function put_confusion(p, found)
  local confusion, names = found.result.confusion, {}
  if not confusion then
    return
  end
  for i, class in ipairs(found.result.classes) do
    names[i] = class.name
  end
  if #confusion <= heat.MOST then
    p:heat { title = "which class was taken for which", rows = names, columns = names,
      row_label = "was", column_label = "taken for", values = confusion,
      shares = shares_of(confusion) }
  end
  return #confusion > 6 and function()
    put_pairs(p, confusion, names)
  end or nil
end

-- ---- residuals ----

local function column(points, key, k)
  local out = {}
  for i, point in ipairs(points) do
    out[i] = point[key][k]
  end
  return out
end

local function histogram(errors)
  local low, high = math.huge, -math.huge
  for _, e in ipairs(errors) do
    low, high = math.min(low, e), math.max(high, e)
  end
  local width = (high - low) / BINS
  if not (width > 0 and width < math.huge) then
    return nil
  end
  local x, y = {}, {}
  for b = 1, BINS do
    x[b], y[b] = low + (b - 0.5) * width, 0
  end
  for _, e in ipairs(errors) do
    local b = math.min(BINS, (e - low) // width + 1)
    y[math.tointeger(b)] = y[math.tointeger(b)] + 1
  end
  return { name = "samples", kind = "bars", width = width, x = x, y = y }
end

local function put_residuals(p, found)
  local charts, outputs = {}, found.result.outputs
  for k = 1, math.min(#(found.points[1] and found.points[1].targets or {}), 6) do
    local was, said = column(found.points, "targets", k), column(found.points, "answers", k)
    local errors, low, high = {}, math.huge, -math.huge
    for i, t in ipairs(was) do
      errors[i] = said[i] - t
      low, high = math.min(low, t), math.max(high, t)
    end
    local name = outputs and outputs[k].name .. ": " or ""
    charts[#charts + 1] = { title = name .. "answer over target", x_label = "target",
      y_label = "answer", series = {
        { name = "samples", kind = "points", x = was, y = said, faint = true },
        { name = "answer = target", x = { low, high }, y = { low, high }, dashed = true } } }
    charts[#charts + 1] = { title = name .. "residuals", x_label = "answer - target",
      series = { histogram(errors) }, marks = { { x = 0, minor = true } } }
  end
  if #charts > 0 then
    p:charts(charts)
  end
end

-- ---- worst samples ----

local function name_of(dataset, class)
  return dataset.class_names and dataset.class_names[class] or tostring(class - 1)
end

local function join(list)
  local out = {}
  for i, x in ipairs(list) do
    out[i] = i <= COLUMNS and round(x) or nil
  end
  return table.concat(out, ", ") .. (#list > COLUMNS and ", ..." or "")
end

-- Target, answer, and how sure the network was, as texts.
local function said_of(found, dataset, item)
  if found.of == "classes" then
    return name_of(dataset, item.target), ("%s (%s)"):format(name_of(dataset, item.answer),
      share(item.probability)), share(item.target_probability)
  end
  return join(item.targets), join(item.answers)
end

local function put_pictures(p, found, dataset)
  local parts = {}
  for i, item in ipairs(found.worst) do
    local target, answer = said_of(found, dataset, item)
    local s = item.sample
    parts[i] = ('<div class="shot">%s<b>%s</b><br><span class="dim">said</span> %s<br>'
      .. '<span class="dim">loss</span> %s</div>'):format(
      bitmap.img(s.height, s.width, s.channels, s.pixel, s.side), escape(target), escape(answer),
      escape(round(item.loss)))
  end
  p:raw('<div class="gallery worst">' .. table.concat(parts, "\n") .. "</div>")
end

local function put_texts(p, found, dataset)
  local rows = {}
  for i, item in ipairs(found.worst) do
    local target, answer = said_of(found, dataset, item)
    rows[i] = { target, answer, round(item.loss), { item.sample.text, class = "text" } }
  end
  p:table { head = { "was", "said", "loss", "words that the network knows" }, rows = rows,
    right = { [3] = true } }
end

local function put_rows(p, found, dataset)
  local head, rows = { "sample", "was", "said", found.of == "numbers" and "off by" or "loss" }, {}
  local columns = found.worst[1].sample.columns
  for k = 1, math.min(#columns, COLUMNS) do
    head[4 + k] = columns[k][1]
  end
  for i, item in ipairs(found.worst) do
    local target, answer = said_of(found, dataset, item)
    local off = found.of == "numbers" and #item.targets == 1
      and item.answers[1] - item.targets[1] or item.loss
    rows[i] = { round(item.number), target, answer, round(off) }
    for k = 1, math.min(#columns, COLUMNS) do
      rows[i][4 + k] = item.sample.columns[k][2]
    end
  end
  p:table { head = head, rows = rows, right = { true, false, false, true } }
  local more = #columns + (found.worst[1].sample.more or 0) - COLUMNS
  if more > 0 then
    p:text(("and %d more columns"):format(more), "dim")
  end
end

local PUT = { image = put_pictures, text = put_texts, row = put_rows }

local function put_worst(p, found, dataset)
  local first = found.worst[1]
  if not first or not first.sample then
    return
  end
  p:heading "Samples that it met worst"
  PUT[first.sample.kind](p, found, dataset)
end

-- The epoch that the saved weights are of, in words.
local function weights_of(run)
  local result = values.list(run and run.result)
  local epoch = result.weights == "last" and values.number(result, "epochs")
    or values.number(result.best, "epoch")
  return epoch and ("the weights of epoch %s"):format(round(epoch)) or "the saved weights"
end

--- Puts what was found on a page.
---@param p table lrrun.page
---@param found table of inspect.run
---@param dataset table
---@param run table? as lrrun.cli.results gives it
function answers.put(p, found, dataset, run)
  p:heading(("Answers on the %s"):format(SPLITS[found.split]))
  if found.changed then
    p:notes { { "The data are others than those that the run was trained on: what follows is of "
      .. "what stands there now.", level = "warning" } }
  end
  local words = ("%s, %s"):format(weights_of(run), counted(round(found.n), "sample"))
  if found.n < found.all then
    words = words .. (" of %s: the time for it was up"):format(round(found.all))
  end
  p:text(words, "dim")
  put_figures(p, found)
  local pairs_of
  p:beside(function()
    pairs_of = put_confusion(p, found)
  end, function()
    put_classes(p, found)
  end, function()
    local _ = pairs_of and pairs_of()
  end)
  if found.of == "numbers" then
    put_residuals(p, found)
  end
  for _, note in ipairs(values.list(found.result.notes)) do
    p:text(note, "dim")
  end
  put_worst(p, found, dataset)
end

return answers
