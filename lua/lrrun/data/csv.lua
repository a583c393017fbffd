--- data.csv: a file of separated values. Layer: data.
--
-- What a column holds is found out: numbers where every field is one, else categories, one
-- input for each. The target is a column, the last one unless the recipe names it.

local common = require "lrrun.data.common"
local dataset = require "lrrun.data.dataset"
local errors = require "lrrun.util.errors"
local find = require "lrrun.data.find"
local tables = require "lrrun.native.table"

-- Whole numbers are classes when there are so few of them, and each has this many rows.
local CLASSES_MOST, ROWS_EACH = 32, 2
-- A column of texts gives an input for each; more than this is no category but a name.
local CATEGORIES_MOST = 1000

local function names_of(info)
  local names = {}
  for i, column in ipairs(info.columns) do
    names[i] = column.name
  end
  return names
end

-- The place of a column given by name or number (negative: from the end).
local function column_of(value, info, key, which)
  local names = names_of(info)
  if math.type(which) == "integer" then
    local place = which < 0 and #names + 1 + which or which
    if names[place] then
      return place
    end
    errors.raise(value.where, "%s: '%s' is column %d, the file has %d", value.kind, key, which,
      #names)
  end
  for i, name in ipairs(names) do
    if name == which then
      return i
    end
  end
  local shown = #names > 20 and table.concat(names, ", ", 1, 20) .. ", ..."
    or table.concat(names, ", ")
  errors.raise(value.where, "%s: '%s' names no column %s%s", value.kind, key, errors.show(which),
    errors.after_hint(errors.hint(which, names), "the file has " .. shown))
end

local function list_of(value, info, key, given)
  local out, seen = {}, {}
  for _, which in ipairs(type(given) == "table" and given or { given }) do
    local place = column_of(value, info, key, which)
    if not seen[place] then
      out[#out + 1] = place
      seen[place] = true
    end
  end
  return out, seen
end

local function looks_like_classes(table_box, info, target)
  local column = info.columns[target]
  if column.text then
    return true
  elseif not column.whole then
    return false
  end
  local n = table_box:distinct(target, CLASSES_MOST)
  return n ~= nil and (n <= 2 or info.rows >= ROWS_EACH * n)
end

local function task_of(value, table_box, info, targets)
  local task = value.opts.task
  if not task then
    local all = #targets == 1 and looks_like_classes(table_box, info, targets[1])
    task = all and "classification" or "regression"
  end
  if task == "classification" and #targets > 1 then
    errors.raise(value.where, "%s: classification has one target column, %d are given",
      value.kind, #targets)
  end
  for _, place in ipairs(targets) do
    local column = info.columns[place]
    if task == "regression" and column.text then
      errors.raise(value.where, "%s: the target column %s holds texts, regression needs numbers",
        value.kind, column.name)
    end
  end
  return task
end

local function features_of(value, info, is_target, ignored)
  local out, inputs = {}, 0
  for place, column in ipairs(info.columns) do
    if not is_target[place] and not ignored[place] then
      if column.text and column.levels > CATEGORIES_MOST then
        errors.raise(value.where, "%s: column %s holds %s different texts: no category; "
          .. "ignore = { '%s' } leaves it out, data.text reads texts", value.kind, column.name,
          dataset.thousands(column.levels), column.name)
      end
      out[#out + 1] = place
      inputs = inputs + (column.text and column.levels or 1)
    end
  end
  if inputs == 0 then
    errors.raise(value.where, "%s: no column is left to learn from (the file has %d); "
      .. "data.text reads lines of text", value.kind, #info.columns)
  end
  return out
end

local function note_missing(value, info, features, notes)
  for _, place in ipairs(features) do
    local column = info.columns[place]
    if column.missing > 0 then
      local policy = value.opts.missing
      if policy == "error" then
        errors.raise(value.where, "%s: %s: line %d has nothing in column %s (%d such lines); "
          .. "missing = \"mean\" or \"drop\" allows it", value.kind, value.opts.file,
          column.missing_line, column.name, column.missing)
      end
      notes[#notes + 1] = ("%s: %d missing, %s"):format(column.name, column.missing,
        policy == "drop" and "rows dropped"
          or column.text and "no category set" or "set to the training mean")
      notes.missing = policy == "mean"
    end
  end
end

local function open_table(self, ctx)
  local o = self.opts
  local path = find.need(self, ctx, o.file)
  local delimiter = o.delimiter or (o.file:find "%.tsv$" or o.file:find "%.tab$") and "\t" or nil
  return tables.csv(path, { delimiter = delimiter, header = o.header })
end

-- Rows of another file with the columns of this one: by name where both have headers, else
-- by place; the target column may be missing.
local function rows(path, d)
  local o, columns = d.opts, d.columns
  local tabs = path:find "%.tsv$" or path:find "%.tab$"
  local box <close> = tables.csv(path, {
    delimiter = o.delimiter or tabs and "\t" or nil, header = columns.header,
  })
  local new = box:info()
  local features, places = columns.features, {}
  for i, place in ipairs(features) do
    if columns.header then
      places[i] = column_of(d, new, path, columns.names[place])
    else
      places[i] = #new.columns == #features and i or place
    end
  end
  if not columns.header and #new.columns ~= #features and #new.columns ~= #columns.names then
    errors.raise(nil, "%s: %s has %d columns, want %d", d.kind, path, #new.columns, #features)
  end
  return box:dataset { feature = places, target = {}, levels = columns.levels }
end

return common.constructor {
  name = "data.csv",
  doc = "Rows of a file of separated values; columns of texts become one input per category.",
  positional = { "file" },
  keys = {
    { "file", "string", required = true, doc = "beside the recipe or in the data folder" },
    { "target", { "string", "integer", "list" },
      doc = "column to predict, by name or number (-1, the default: the last); a list for more" },
    { "task", "string", choices = { "classification", "regression" },
      doc = "default: classification for texts and for few whole numbers" },
    { "ignore", { "string", "integer", "list" }, doc = "columns left out" },
    { "header", "boolean", doc = "the first line names the columns; found out where not given" },
    { "delimiter", "string", doc = "one character; found out where not given" },
    { "missing", "string", choices = { "mean", "drop", "error" }, default = "mean",
      doc = "an empty field becomes the training mean, drops its row, or is an error" },
  },
  normalize = true,
  check = function(o, fail)
    if o.delimiter and #o.delimiter ~= 1 then
      fail("delimiter", "is %d characters, want 1", #o.delimiter)
    end
  end,
  native = function(self, ctx)
    local o = self.opts
    local box <close> = open_table(self, ctx)
    local info = box:info()
    local targets, is_target = list_of(self, info, "target", o.target or -1)
    local _, ignored = list_of(self, info, "ignore", o.ignore or {})
    local task = task_of(self, box, info, targets)
    local features = features_of(self, info, is_target, ignored)
    local notes = { ("target %s, %s; %s"):format(info.columns[targets[1]].name, task,
      info.header and "the first line is a header" or "no header") }
    note_missing(self, info, features, notes)
    local levels = {}
    for i, place in ipairs(features) do
      levels[i] = box:levels(place)
    end
    notes.columns = { header = info.header, names = names_of(info), features = features,
      levels = levels }
    return box:dataset { feature = features, target = targets,
      classes = task == "classification", drop = o.missing == "drop" }, notes
  end,
  input = rows,
}
