--- The draft of a recipe for a table: which column is the target, which are no use, what is
--- missing, and a network of a size for so many rows. All that is guessed is said, with the key
--- that changes it. Layer: draft.

local code = require "lrrun.draft.code"
local command = require "lrrun.util.command"
local columns = require "lrrun.data.columns"
local data = require "lrrun.data"
local errors = require "lrrun.util.errors"
local number_like = require "lrrun.data.number_like"
local outputs = require "lrrun.draft.outputs"
local sizes = require "lrrun.draft.sizes"
local table_file = require "lrrun.data.table_file"
local table_notes = require "lrrun.data.table_notes"
local why_columns = require "lrrun.data.why_columns"

local tables = {}

-- Names of columns that are targets as a rule, in small letters with "_" for all else; behind
-- them what ends the name of one.
local TARGETS = { target = true, targets = true, label = true, labels = true, class = true,
  classes = true, y = true, outcome = true, response = true, output = true }
local ENDINGS = { "target", "label", "class", "price", "value", "outcome", "survived", "churn",
  "churned", "species", "diagnosis", "default", "quality", "rating", "score", "sales", "salary" }

-- Different values that are counted; names of columns in a line; rows from which on a column that
-- counts them is one; more different texts than these are no categories where most rows differ.
local COUNTED, NAMED, MANY_ROWS, MANY_TEXTS = 1000, 6, 20, 20

local function plain(name)
  return (name:lower():gsub("[^%w]+", "_"):gsub("^_+", ""):gsub("_+$", ""))
end

-- Whether so many different texts in so many rows are no categories.
local function are_many(levels, rows)
  return levels > COUNTED or levels > MANY_TEXTS and levels * 2 > rows
end

-- Why a column of numbers is left out, or nil.
local function useless_number(c, rows)
  local name = plain(c.name)
  if c.lo == c.hi then
    return "the same in all rows"
  elseif not c.whole then
    return nil
  end
  return c.steps and rows >= MANY_ROWS and "counts the rows"
    or (name == "id" or name:find "_id$") and "by its name" or nil
end

-- Why a column is left out, or nil.
local function useless(info, c)
  local rows = info.rows - c.missing
  if c.kind == "number" then
    return useless_number(c, rows)
  elseif c.kind ~= "category" then
    return nil
  end
  return c.levels == 1 and "the same in all rows"
    or are_many(c.levels, rows) and ("%d different texts in %d rows"):format(c.levels, rows) or nil
end

-- Whether a column can be learnt: numbers that differ, or texts that come again.
local function suits(info, place)
  local c = info.columns[place]
  if c.kind == "number" then
    return not useless(info, c)
  elseif c.kind ~= "category" then
    return false
  end
  local rows = info.rows - c.missing
  return c.levels > 1 and (c.levels <= 2 or c.levels * 2 <= rows) and c.levels <= COUNTED
end

-- Places from the likeliest target on, each with why.
local function candidates(info)
  local out = {}
  local function add(place, why)
    out[#out + 1] = { place = place, why = why }
  end
  for place, c in ipairs(info.columns) do
    if info.header and TARGETS[plain(c.name)] then
      add(place, "by its name")
    end
  end
  for _, ending in ipairs(ENDINGS) do
    for place, c in ipairs(info.columns) do
      local name = plain(c.name)
      if info.header and (name == ending or name:sub(-#ending - 1) == "_" .. ending
        or name:find("^[%l_]*" .. ending .. "$") and #ending > 4) then
        add(place, "by its name")
      end
    end
  end
  for place = #info.columns, 1, -1 do
    add(place, place == #info.columns and "the last column" or "the last column that comes into "
      .. "question")
  end
  return out
end

local function open(subject, value)
  return table_file.open(subject.path, value.opts, value.opts.header, "train")
end

-- How the recipe names a column: by its name where there are any.
local function named(info, place)
  return info.header and info.columns[place].name or place
end

-- The table as it is found, before anybody says what is learnt: its info, and keys that it wants.
local function survey(subject, keys)
  local value = data.csv(keys)
  local box <close> = open(subject, value)
  table_file.load(value, box, columns.decide(value, box:info(), {},
    table_notes.new(subject.name, true)), {})
  local info, more = box:info(), {}
  for _, c in ipairs(info.columns) do
    local text = c.kind == "category" and #c.examples > 0 and number_like.keys(c.examples, keys)
    for key, mark in (text or ""):gmatch "(%l+) = \"(.-)\"" do
      more[key] = mark
    end
  end
  return info, more, value
end

-- The target's place and why it is that.
local function guess(subject, info, value)
  for _, one in ipairs(candidates(info)) do
    if suits(info, one.place) then
      return one.place, one.why
    end
  end
  errors.raise(nil, "none of its %s can be a target, which is numbers that differ, or texts that "
    .. "come again%s (%s shows them)", code.count(#info.columns, "column"), why_columns.one(value,
    info), command.line("data", subject.given))
end

-- What the draft says of columns: { ignored = { { name, why } }, missing = names, gaps, dates =
-- whether there are any, texts = place of the one column of words that was left out }.
local function look(info, is_target)
  local out = { ignored = {}, missing = {}, gaps = 0, kept = 0 }
  for place, c in ipairs(info.columns) do
    local why = not is_target[place] and useless(info, c)
    if why then
      table.insert(out.ignored, { name = named(info, place), why = why })
      local words = c.kind == "category" and c.examples[1] or ""
      out.texts = out.texts or words:find "%S%s+%S+%s+%S" and place or nil
    elseif not is_target[place] and c.kind ~= "ignore" then
      out.kept = out.kept + 1
      out.dates = out.dates or c.kind == "date"
      if c.missing > 0 and c.kind ~= "category" then
        out.missing[#out.missing + 1] = c.name
        out.gaps = out.gaps + c.missing
      end
    end
  end
  return out
end

local function copy(keys, more)
  local out = {}
  for key, value in pairs(keys) do
    out[key] = value
  end
  for key, value in pairs(more) do
    out[key] = value
  end
  return out
end

-- Lines of the table in data.csv { ... } that name columns that are left out.
local function column_lines(found, keys)
  local lines = {}
  if #found.ignored == 0 and not keys.columns then
    return lines
  end
  lines[1] = "    columns = { -- \"number\", \"category\", \"date\" or \"ignore\""
  for _, column in ipairs(found.ignored) do
    lines[#lines + 1] = ("      %s = \"ignore\", -- %s"):format(code.key(column.name), column.why)
  end
  for name, kind in pairs(keys.columns or {}) do
    lines[#lines + 1] = ("      %s = %s,"):format(code.key(name), code.value(kind))
  end
  lines[#lines + 1] = "    },"
  return lines
end

local OWN = { columns = true, target = true, task = true, missing = true, batch = true, val = true,
  file = true }

local OTHER_TASK = { classification = "\"regression\" learns numbers",
  regression = "\"classification\" takes each value for a class" }

local function add_val(add, share, has_dates)
  if share then
    add("    val = %s, -- share of the rows that is not trained on, and tells how good it is",
      code.value(share))
  end
  if share and has_dates then
    add "    -- split = \"last\", -- validates on the file's last rows, as where time goes on"
  end
end

-- The lines of data = data.csv { ... }.
local function data_lines(subject, keys, facts)
  local size, target = facts.size, code.value(facts.target)
  local out = { "  data = data.csv {", ("    %s, -- beside this file%s"):format(
    code.text(subject.name), subject.folder and ", or in the folder of --data" or "") }
  local function add(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  add("    -- What is learnt%s; the name or number of another column takes that.", facts.why
    and ": guessed, " .. facts.why or "")
  add("    target = %s,", target)
  add("    task = %q, -- %s", facts.task, OTHER_TASK[facts.task])
  table.move(column_lines(facts.found, keys), 1, #facts.found.ignored + 10, #out + 1, out)
  if keys.missing or #facts.found.missing > 0 then
    add("    missing = %s, -- or mean, drop, flag, error; %s", code.value(keys.missing or "median"),
      code.count(facts.found.gaps, "value") .. " missing in " .. code.names(facts.found.missing, 3))
  end
  for _, key in ipairs(facts.more) do
    add("    %s = %s,", key, code.value(keys[key]))
  end
  add("    batch = %s, -- rows in an update", code.value(keys.batch or size.batch))
  add_val(add, keys.val or size.val, facts.found.dates)
  add "  },"
  return out
end

local function about_of(subject, t, facts)
  local classes = facts.classes
  return ("%s has %s and %s, %s. Target: %s%s."):format(code.name(subject.name),
    code.count(t.info.rows, "row"), code.count(#t.info.columns, "column"), t.info.header
      and "named in its first line" or "without names", code.name(tostring(facts.target)),
    classes and (", %s (%s)"):format(code.count(#classes, "class"), code.names(classes, NAMED))
      or ", a number")
end

-- What is said on the terminal of what was guessed.
local function say(subject, facts)
  local out = {}
  local function add(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  add("target: %s%s, %s", code.name(tostring(facts.target)),
    facts.why and " (guessed, " .. facts.why .. ")" or "",
    facts.classes and ("classification, %s"):format(code.count(#facts.classes, "class"))
      or "regression")
  if facts.why then
    add "  another column: target = ... in the recipe, or init again with --set target=NAME"
  end
  for i, column in ipairs(facts.found.ignored) do
    if i <= NAMED then
      add("left out: %s (%s)", code.name(tostring(column.name)), column.why)
    end
  end
  if #facts.found.ignored > NAMED then
    add("left out: %s more", code.count(#facts.found.ignored - NAMED, "column"))
  end
  if #facts.found.ignored > 0 then
    add "  columns = { NAME = \"category\" } (or number, date) in the recipe takes one"
  end
  if #facts.found.missing > 0 then
    add("missing: %s in %s, set to the median (missing = ... in the recipe)",
      code.count(facts.found.gaps, "value"), code.names(facts.found.missing, NAMED))
  end
  if not facts.size.val then
    add("%s of %s: too few to keep some for validation, so nothing tells how good it is",
      code.count(facts.rows, "row"), code.name(subject.name))
  end
  return out
end

local function sorted_more(keys)
  local out = {}
  for key in pairs(keys) do
    out[#out + 1] = type(key) == "string" and not OWN[key] and key or nil
  end
  table.sort(out)
  return out
end

-- One column of words and a target that is a text: a text with a class in each line.
local function as_text(info, targets, found)
  return found.kept == 0 and found.texts and info.columns[targets[1]].kind == "category"
    and { text = named(info, found.texts), label = named(info, targets[1]) } or nil
end

local function check_kept(subject, info, targets, found)
  if found.kept > 0 then
    return
  end
  local out = {}
  for i, column in ipairs(found.ignored) do
    out[i] = ("%s: %s"):format(code.name(tostring(column.name)), column.why)
  end
  errors.raise(nil, "with '%s' as the target no column is left to learn from%s (%s shows them)",
    info.columns[targets[1]].name, #out > 0 and " (" .. table.concat(out, "; ", 1,
      math.min(#out, NAMED)) .. ")" or "", command.line("data", subject.given))
end

-- The table read as the recipe will read it, and the draft of that.
local function finish(subject, keys, facts)
  local found = facts.found
  local ignored = copy(keys.columns or {}, {})
  for _, column in ipairs(found.ignored) do
    ignored[column.name] = ignored[column.name] or "ignore"
  end
  local final = copy(keys, {})
  final.columns = next(ignored) and ignored or nil
  local value = data.csv(final)
  local box <close> = open(subject, value)
  local t = table_file.read(value, box, subject.name, true)
  local size = sizes.of(t.info.rows)
  final = copy(final, { task = t.task, val = keys.val or size.val,
    batch = keys.batch or size.batch })
  local d = data.csv(final):open { seed = 1, recipe_dir = subject.root }
  facts = copy(facts, { target = keys.target, task = t.task, rows = t.info.rows, size = size,
    more = sorted_more(keys), classes = d.class_names })
  return { about = about_of(subject, t, facts), data = data_lines(subject, keys, facts),
    model = outputs.dense(size.hidden, d), loss = outputs.loss(d),
    metrics = outputs.metrics(d), lr = "5e-3", epochs = size.epochs,
    patience = size.val and size.patience or nil, said = say(subject, facts),
    facts = { kind = "table", rows = t.info.rows, columns = #t.info.columns,
      target = keys.target, task = t.task, classes = d.classes, batch = size.batch,
      epochs = size.epochs } }
end

--- The draft for a table. keys: of data.csv, as --set gives them.
---@param subject table
---@param keys table
---@return table
function tables.draft(subject, keys)
  keys = copy(keys, { file = subject.name })
  local info, more, value = survey(subject, keys)
  if next(more) then
    keys = copy(keys, more)
    info, more, value = survey(subject, keys)
    keys = copy(keys, more)
  end
  local why
  if keys.target == nil then
    keys.target, why = guess(subject, info, value)
    keys.target = named(info, keys.target)
  end
  local targets, is_target = columns.places(value, info, "target", keys.target)
  local found = look(info, is_target)
  local text = as_text(info, targets, found)
  if text then
    return require("lrrun.draft.texts").of_table(subject, text, info.header)
  end
  check_kept(subject, info, targets, found)
  return finish(subject, keys, { why = why, found = found })
end

return tables
