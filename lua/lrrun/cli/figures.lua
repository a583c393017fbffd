--- What an evaluation found (train/measure.lua), for people and as JSON: figures, each class,
--- which class was taken for which. Layer: cli.

local json = require "lrrun.record.json"
local measure = require "lrrun.train.measure"
local mistaken = require "lrrun.metrics.mistaken"
local screen = require "lrrun.util.screen"

local figures = {}

local WIDEST = 60 -- columns of a class's name
local MOST_ROWS = 100 -- classes in a table
local MOST_MATRIX = 20 -- classes in a matrix; of more the pairs are named
local MOST_PAIRS = 10
local SHORT = 7 -- columns of a name that stands above a column

local ERRORS = { "mae", "rmse", "r2" }
local SHARES = { "accuracy", "precision", "recall", "f1" } -- accuracy within a class is its recall

local function print_numbers(out, result)
  local width = screen.widest(measure.FIGURES, function(name)
    return result[name] and name or ""
  end, 9)
  for _, name in ipairs(measure.FIGURES) do
    if result[name] then
      out:print("  %s %.6f", screen.pad(name, width), result[name])
    end
  end
end

local function shown(value)
  return value and ("%.4f"):format(value) or "-"
end

-- A table with a row for each class, and columns of texts with their heads.
local function print_table(out, head, rows, columns)
  local width = screen.widest(rows, function(row) return row.name end, 5, WIDEST)
  local lines = { "  " .. screen.pad(head, width) }
  for i, row in ipairs(rows) do
    lines[i + 1] = "  " .. screen.pad(row.name, width, WIDEST)
  end
  for _, column in ipairs(columns) do
    local cells = { column[1] }
    for i, row in ipairs(rows) do
      cells[i + 1] = column[2](row)
    end
    local cell = screen.widest(cells, tostring, 7)
    for i, text in ipairs(cells) do
      lines[i] = lines[i] .. "  " .. screen.pad(text, cell, nil, true)
    end
  end
  for _, line in ipairs(lines) do
    out:print("%s", line)
  end
end

local function columns_of(names, text)
  local columns = {}
  for i, name in ipairs(names) do
    columns[i] = { name, function(row) return text(row[name]) end }
  end
  return columns
end

-- head: what a row is; unit: what is counted, samples or steps.
local function print_shares(out, head, rows, unit)
  local columns = columns_of(SHARES, shown)
  table.insert(columns, 1, { unit, function(row) return tostring(row.n) end })
  print_table(out, head, rows, columns)
end

local function print_errors(out, rows)
  print_table(out, "output", rows, columns_of(ERRORS, function(value)
    return value and ("%.6g"):format(value) or "-"
  end))
end

local function print_rows(out, result)
  local rows, unit = result.classes or result.outputs, result.steps and "steps" or "samples"
  if rows and #rows > MOST_ROWS then
    out:print("  of each of %d %s: --json", #rows, result.classes and "classes" or "outputs")
  elseif result.classes then
    print_shares(out, "class", rows, unit)
  elseif rows and rows[1].mae then
    print_errors(out, rows)
  elseif rows then
    print_shares(out, "yes of", rows, unit)
  end
end

-- The heads of a matrix's columns, and what stands before the names of its rows: names where
-- they are short, else numbers that both have.
local function heads_of(classes)
  local heads, marks = {}, {}
  local short = screen.widest(classes, function(c) return c.name end, 1) <= SHORT
  for i, c in ipairs(classes) do
    heads[i] = short and screen.line(c.name) or tostring(i)
    marks[i] = short and "" or ("%" .. #tostring(#classes) .. "d "):format(i)
  end
  return heads, marks
end

-- Rows are targets, columns answers, both in the order of the classes.
local function print_matrix(out, confusion, classes)
  local heads, marks = heads_of(classes)
  local cell = screen.widest(heads, function(head) return head end, 1)
  for _, row in ipairs(confusion) do
    cell = screen.widest(row, tostring, cell)
  end
  local function line(mark, name, cells)
    local width = screen.widest(classes, function(c) return c.name end, 5, WIDEST)
    local parts = { ("  %s%s"):format(mark, screen.pad(name, width, WIDEST)) }
    for i, item in ipairs(cells) do
      parts[i + 1] = screen.pad(tostring(item), cell, nil, true)
    end
    out:print("%s", table.concat(parts, "  "))
  end
  out:print "  which class (row) was taken for which (column):"
  line((" "):rep(#marks[1]), "", heads)
  for i, row in ipairs(confusion) do
    line(marks[i], classes[i].name, row)
  end
end

-- The pairs of classes that were taken for each other most often, in order.
local function print_pairs(out, confusion, classes)
  local list = mistaken(confusion)
  for i = 1, math.min(#list, MOST_PAIRS) do
    local item = list[i]
    out:print("  %7d of %s taken for %s", item.n, screen.cut(classes[item.target].name, WIDEST),
      screen.cut(classes[item.answer].name, WIDEST))
  end
end

--- Prints what Measure:figures gave: numbers, a table of classes, the matrix or, of many
--- classes, the most frequent confusions.
---@param out table
---@param result table
function figures.print(out, result)
  print_numbers(out, result)
  if result.positive then
    out:print("  f1, precision and recall are of class %s", screen.cut(result.positive, WIDEST))
  end
  for _, note in ipairs(result.notes or {}) do
    out:print("  %s", note)
  end
  print_rows(out, result)
  if result.confusion and #result.confusion <= MOST_MATRIX then
    print_matrix(out, result.confusion, result.classes)
  elseif result.confusion then
    print_pairs(out, result.confusion, result.classes)
  end
end

--- The same for --json: lists are lists there, also empty ones.
---@param result table
---@return table
function figures.document(result)
  for _, key in ipairs { "classes", "confusion", "notes", "outputs" } do
    result[key] = result[key] and json.array(result[key])
  end
  for i, row in ipairs(result.confusion or {}) do
    result.confusion[i] = json.array(row)
  end
  return result
end

return figures
