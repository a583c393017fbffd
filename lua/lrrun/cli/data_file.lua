--- `lrrun data FILE`: what a table holds, column by column, as a recipe would read it.
--
-- Layer: cli.

local counted = require "lrrun.util.counted"
local data = require "lrrun.data"
local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local screen = require "lrrun.util.screen"
local set_keys = require "lrrun.cli.set_keys"
local splits = require "lrrun.data.splits"
local table_text = require "lrrun.cli.table_text"
local table_file = require "lrrun.data.table_file"

-- Different numbers are counted up to here; classes are named up to there; whole numbers are shown
-- with all of their digits up to this one.
local COUNTED, NAMED, WHOLE = 1000, 12, 1e15

local function range_of(c)
  if c.kind == "number" then
    local form = c.whole and math.max(-c.lo, c.hi) < WHOLE and "%.0f to %.0f" or "%.6g to %.6g"
    return form:format(c.lo, c.hi)
  elseif c.kind == "date" then
    return ("%s to %s"):format(os.date("!%Y-%m-%d", math.floor(c.lo) * 86400),
      os.date("!%Y-%m-%d", math.floor(c.hi) * 86400))
  end
  return ""
end

-- How many different values, or nil where there are more than are counted.
local function distinct_of(box, place, c)
  if c.kind == "category" then
    return c.levels
  end
  return c.kind ~= "ignore" and box:distinct(place, COUNTED) or nil
end

local function examples_of(box, place, c)
  local out = {}
  for i, word in ipairs(c.kind == "category" and box:levels(place) or c.examples) do
    if i > 3 then
      break
    end
    out[i] = word
  end
  return out
end

local function describe(box, t)
  local out = json.array {}
  for place, c in ipairs(t.info.columns) do
    out[place] = {
      name = c.name, kind = c.kind, target = t.is_target[place] or nil, missing = c.missing,
      distinct = distinct_of(box, place, c), low = c.kind == "number" and c.lo or nil,
      high = c.kind == "number" and c.hi or nil, range = range_of(c),
      examples = json.array(examples_of(box, place, c)),
    }
  end
  return out
end

-- counted_all: all columns have been looked at for what is different in them.
local function print_columns(out, list, counted_all)
  local rows = { { "column", "taken as", "missing", "different", "range", "examples" } }
  for _, c in ipairs(list) do
    rows[#rows + 1] = { screen.line(c.name), c.target and c.kind .. ", target" or c.kind,
      tostring(c.missing), c.distinct and tostring(c.distinct)
        or (c.kind == "ignore" or not counted_all) and "" or "over " .. COUNTED, c.range,
      screen.line(table.concat(c.examples, ", ")) }
  end
  table_text(out, rows, true)
end

local function classes_of(box, t)
  local place = t.targets[1]
  return t.task == "classification" and t.info.columns[place].kind == "category"
    and box:levels(place) or nil
end

-- Lines on the classes' shares; none of a table that is none to train on.
local function shares_of(value, box, t)
  local ok, native = errors.try(table_file.dataset, value, box, t)
  if not ok or t.task ~= "classification" then
    return {}
  end
  native:split { seed = 0 }
  return { splits.classes(native, "") }
end

local function print_target(out, t, classes)
  local names = classes and table.move(classes, 1, math.min(#classes, NAMED), 1, {}) or {}
  out:print("target: %s, %s%s (target = \"name\" takes another)",
    screen.line(t.info.columns[t.targets[1]].name), t.task, classes
      and (", %s: %s%s"):format(counted(#classes, "class", "classes"),
        screen.line(table.concat(names, ", ")), #classes > NAMED and ", ..." or "") or "")
end

-- data.csv of the file, with the keys of --set.
local function value_of(call, path)
  local keys = set_keys.of(call, "data.csv")
  keys[1] = path
  return set_keys.value(data.csv, keys, call)
end

--- What a table file holds, printed and as --json.
---@param call table
---@param path string
return function(call, path)
  local out = call.out
  local value = value_of(call, path)
  local box <close> = table_file.open(path, value.opts, nil, "train")
  local t = table_file.read(value, box, path:match "[^/]*$", true)
  local list, classes = describe(box, t), classes_of(box, t)
  local shares = shares_of(value, box, t) -- says which rows are left out, too
  local notes = t.notes:into {}
  out:print("%s: %s, %s, %s", screen.line(path), counted(t.info.rows, "row"),
    counted(#list, "column"),
    t.info.header and "the first line is a header" or "no header (header = true takes it so)")
  print_columns(out, list, not t.info.stored)
  print_target(out, t, classes)
  table.move(shares, 1, 2, #notes + 1, notes)
  if t.info.stored then
    notes[#notes + 1] = "rows stay in the file, where different numbers of inputs are not counted; "
      .. "stream = false takes them into memory"
  end
  for _, note in ipairs(notes) do
    out:print("  %s", screen.line(note))
  end
  out:result { file = path, rows = t.info.rows, header = t.info.header, columns = list,
    target = t.info.columns[t.targets[1]].name, task = t.task,
    classes = classes and json.array(classes) or nil, notes = json.array(notes) }
  return 0
end
