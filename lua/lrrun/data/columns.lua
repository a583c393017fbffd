--- What each column of a table is taken as, and the words that say so before anything is
--- trained. The file proposes (readers/table.h), the recipe decides (`columns`, `ignore`).
-- Layer: data.

local errors = require "lrrun.util.errors"
local number_like = require "lrrun.data.number_like"
local why = require "lrrun.data.why_columns"

local columns = {}

--- What `columns` of a recipe may say of one.
columns.NAMES = { "number", "category", "date", "ignore" }
columns.KINDS = { number = true, category = true, date = true, ignore = true }
columns.takes = "number, category, date or ignore"

-- A column of texts gives an input for each; from here on that is said, and refused.
local CATEGORIES_MANY, CATEGORIES_MOST = 50, 1000
-- A column that counts its rows is said from so many rows on.
local ROWS_COUNTED = 20
-- Smallest number of 32 bits with all its digits.
local SMALLEST = 2.0 ^ -126

local MARKS = { ["%"] = "percent signs", [","] = "commas between thousands" }

--- Names of the columns of a table's info.
function columns.names(info)
  local names = {}
  for i, column in ipairs(info.columns) do
    names[i] = column.name
  end
  return names
end

--- The place of a column given by name or number (negative: from the end).
---@param value table the constructor's value
---@param info table of the native table
---@param key string the recipe's key, for messages
---@param which any
---@return integer
function columns.place(value, info, key, which)
  local names = columns.names(info)
  if math.type(which) == "integer" then
    local place = which < 0 and #names + 1 + which or which
    if names[place] then
      return place
    end
    errors.raise(value.where, "%s: '%s' is column %d, the file has %d%s", value.kind, key, which,
      #names, why.one(value, info))
  end
  for i, name in ipairs(names) do
    if name == which then
      return i
    end
  end
  local shown = #names > 20 and table.concat(names, ", ", 1, 20) .. ", ..."
    or table.concat(names, ", ")
  errors.raise(value.where, "%s: '%s' names no column %s%s%s%s", value.kind, key,
    errors.show(which), errors.after_hint(errors.hint(which, names), ("the file %shas %s"):format(
    info.file and info.file .. " " or "", shown)), why.unnamed(value, info), why.one(value, info))
end

--- The places of columns that a key lists, and the set of them.
---@return integer[], table<integer, true>
function columns.places(value, info, key, given)
  local out, seen = {}, {}
  for _, which in ipairs(type(given) == "table" and given or { given }) do
    local place = columns.place(value, info, key, which)
    if not seen[place] then
      out[#out + 1] = place
      seen[place] = true
    end
  end
  return out, seen
end

-- How the recipe writes a column's name as a key.
local function key_of(name)
  return name:find "^[%a_][%w_]*$" and name or ("[%q]"):format(name)
end

local function advice(column, kind)
  return ("columns = { %s = %q }"):format(key_of(column.name), kind)
end

--- The first texts of a column that are not what it is taken as.
---@param column table
function columns.quoted(column)
  if #column.examples == 0 then -- only texts are kept
    return "numbers"
  end
  local out = {}
  for i, word in ipairs(column.examples) do
    out[i] = ("'%s'"):format(word)
  end
  return table.concat(out, ", ") .. (column.more_words and ", ..." or "")
end

local quoted = columns.quoted

local function is_row_name(info, place)
  local column = info.columns[place]
  return place == 1 and column.unnamed and #info.columns > 1
    and (column.kind == "category" or column.kind == "number" and column.whole)
end

-- What the recipe's `columns` and `ignore` say: place -> kind.
local function asked(value, info)
  local out = {}
  local _, ignored = columns.places(value, info, "ignore", value.opts.ignore or {})
  for place in pairs(ignored) do
    out[place] = "ignore"
  end
  for which, kind in pairs(value.opts.columns or {}) do
    out[columns.place(value, info, "columns", which)] = kind
  end
  return out
end

local function decide_one(info, place, notes)
  local column = info.columns[place]
  if is_row_name(info, place) then
    notes:add("the first column has no name: left out as row names; %s uses it",
      advice(column, column.kind))
    return "ignore"
  elseif column.kind == "ignore" then
    notes.empty[#notes.empty + 1] = column.name
  end
  return column.kind
end

--- The column that is the target where none is given: the last, but for the empty ones that
--- separators at the ends of lines make.
---@param info table after the survey
---@return integer
function columns.last(info)
  local place = #info.columns
  while place > 1 and info.columns[place].unnamed and info.columns[place].kind == "ignore" do
    place = place - 1
  end
  return place
end

--- Kinds of all columns of a table that was surveyed, by place.
---@param value table
---@param info table
---@param is_target table<integer, true>
---@param notes table of lrrun.data.table_notes
---@return string[]
function columns.decide(value, info, is_target, notes)
  local kinds, given = {}, asked(value, info)
  for place, column in ipairs(info.columns) do
    kinds[place] = given[place] or not is_target[place] and decide_one(info, place, notes)
      or column.kind
    if is_target[place] and kinds[place] == "ignore" then
      errors.raise(value.where, "%s: the target column %s %s", value.kind, column.name,
        given[place] and "is left out by 'ignore' or 'columns'"
          or "holds nothing; target = \"name\" takes another")
    elseif is_target[place] and kinds[place] == "date" and not given[place] then
      kinds[place] = "category"
    end
  end
  return kinds
end

-- Codes that were read as numbers, of features and targets alike.
local function say_digits(column, notes, is_target)
  if column.padded > 0 then
    notes:add("%s: leading zeros as in '%s' are dropped (%d row%s); %s keeps them, as texts",
      column.name, column.padded_text, column.padded, column.padded == 1 and "" or "s",
      advice(column, "category"))
  end
  if column.blurred > 0 then
    notes:add("%s: whole numbers beyond 2^53 such as '%s' (%d row%s) lose their last digits, and "
      .. "some cannot be told apart; %s", column.name, column.blurred_text, column.blurred,
      column.blurred == 1 and "" or "s", is_target
        and advice(column, "category") .. " takes each as a class of its own"
        or advice(column, "ignore") .. " leaves ids out, \"category\" takes each by itself")
  end
end

local function say_words(column, notes, what)
  if column.unfit > 0 then
    notes:add("%s: %d numbers, and %s in %d row%s (line %d): %s; %s takes all as texts",
      column.name, column.numbers + column.marked, quoted(column), column.unfit,
      column.unfit == 1 and "" or "s", column.word_line, what, advice(column, "category"))
  end
end

local function say_number(column, notes)
  say_words(column, notes, "taken as missing")
  say_digits(column, notes)
  local size = math.max(math.abs(column.lo), math.abs(column.hi))
  if size > 0 and size < SMALLEST then
    notes:add("%s: all are below %g, which 32 bits do not hold: read as 0, or nearly; %s leaves "
      .. "it out", column.name, SMALLEST, advice(column, "ignore"))
  end
  if column.marked > 0 then
    notes:add("%s: numbers with %s; %s takes them as texts", column.name,
      MARKS[column.mark] or column.mark, advice(column, "category"))
  end
  if column.offset ~= 0 then
    notes:add("%s: %.15g is taken off, as 32 bits would lose how its values differ", column.name,
      column.offset)
  end
end

local function say_counted(info, column, notes)
  if column.whole and column.steps and info.rows >= ROWS_COUNTED then
    notes:add("%s counts the rows: %s leaves it out", column.name, advice(column, "ignore"))
  end
end

local function say_date(column, notes)
  notes:add("%s: dates, as days, month, weekday%s%s; %s takes them as texts", column.name,
    column.times and ", hour" or "", column.unfit > 0
      and (", and %s in %d row%s taken as missing"):format(quoted(column), column.unfit,
        column.unfit == 1 and "" or "s") or "", advice(column, "category"))
end

local function has_many(info, column)
  return column.levels > CATEGORIES_MANY or column.levels * 2 > info.rows - column.missing
    and column.levels > 2
end

-- What has too many texts for a category raises, or is a line where notes show a file.
local function too_many(value, column, notes)
  if column.levels <= CATEGORIES_MOST or (value.opts.columns or {})[column.name] == "category" then
    return false
  end
  local text = ("column %s holds %d different texts (%s): no category; ignore = { '%s' } leaves it "
    .. "out, %s takes it all the same, data.text reads texts"):format(column.name, column.levels,
    quoted(column), column.name, advice(column, "category"))
  if not notes.shows then
    errors.raise(value.where, "%s: %s", value.kind, text)
  end
  notes:add("an error in a recipe: %s", text)
  return true
end

local function say_category(value, info, column, notes)
  local counted = column.numbers + column.marked + column.dates
  local given = value.opts.columns or {}
  local keys = number_like.keys(column.examples, value.opts)
  if keys then
    notes:add("%s: %s are texts here; %s reads them as numbers", column.name, quoted(column), keys)
  elseif counted > 0 and #column.examples == 0 then
    notes:add("%s: numbers with different marks (%%, $, ... or none), or dates among numbers: %d "
      .. "categories; %s reads the numbers without their marks", column.name, column.levels,
      advice(column, "number"))
  elseif counted > 0 then
    notes:add("%s: %d number%s or dates, and texts such as %s: %d categories; %s takes texts as "
      .. "missing", column.name, counted, counted == 1 and "" or "s", quoted(column),
      column.levels, advice(column, "number"))
  elseif not given[column.name] and number_like.all(column.examples) then
    notes:add("%s: %s are texts here, %d categories in %d rows; numbers are 1234.5 and 1,234.5, "
      .. "dates 2020-12-31; %s leaves it out, %s takes them so without this line", column.name,
      quoted(column), column.levels, info.rows, advice(column, "ignore"),
      advice(column, "category"))
  elseif has_many(info, column) then
    notes:add("%s: %d different texts in %d rows (%s): an input for each; %s leaves it out",
      column.name, column.levels, info.rows, quoted(column), advice(column, "ignore"))
  end
end

-- Targets of texts are classes: said where they look like numbers or names instead.
local function say_classes(info, column, notes)
  local counted = column.numbers + column.marked + column.dates
  if counted > 0 then
    local words = column.numbers + column.marked > 0 and #column.examples > 0
    notes:add("%s: %d number%s or date%s as targets%s: taken as texts, %d classes; %s", column.name,
      counted, counted == 1 and "" or "s", counted == 1 and "" or "s",
      words and " beside " .. quoted(column) or "", column.levels, words
        and advice(column, "number") .. " takes texts as no target"
        or advice(column, "category") .. " takes them so without this line")
  elseif has_many(info, column) then
    notes:add("%s: %d different texts in %d rows (%s): a class for each; target = \"name\" takes "
      .. "another column", column.name, column.levels, info.rows, quoted(column))
  end
end

--- Words among the numbers of targets, whose rows are left out, and numbers among the words.
---@param value table
---@param info table after loading
---@param targets integer[] places
---@param notes table
function columns.say_targets(value, info, targets, notes)
  for _, place in ipairs(targets) do
    local column = info.columns[place]
    if column.kind == "number" then
      say_words(column, notes, "no target, the rows left out")
      say_digits(column, notes, true)
    elseif column.kind == "category"
      and not (value.opts.columns or {})[column.name] then
      say_classes(info, column, notes)
    end
  end
end

--- The features of a loaded table, as the native data set wants them.
---@param value table
---@param box userdata the table
---@param info table after loading
---@param is_target table<integer, true>
---@param notes table
---@return table[]
function columns.features(value, box, info, is_target, notes)
  local out, flag = {}, value.opts.missing == "flag"
  for place, column in ipairs(info.columns) do
    if not is_target[place] and column.kind ~= "ignore" then
      local feature = { column = place, kind = column.kind, offset = column.offset,
        flag = flag and column.missing > 0 or nil }
      if column.kind == "category" and too_many(value, column, notes) then
        feature = nil
      elseif column.kind == "category" then
        say_category(value, info, column, notes)
        feature.levels = box:levels(place)
        notes.categories[#notes.categories + 1] = ("%s (%d)"):format(column.name, column.levels)
      elseif column.kind == "date" then
        say_date(column, notes)
        feature.time = column.times
      else
        say_number(column, notes)
        say_counted(info, column, notes)
      end
      out[#out + 1] = feature
    end
  end
  if #out == 0 then
    errors.raise(value.where, "%s: no column is left to learn from (the file has %d); "
      .. "data.text reads lines of text%s", value.kind, #info.columns, why.one(value, info))
  end
  return out
end

local FILLED = {
  mean = "set to the training mean", median = "set to the training median",
  drop = "rows dropped", flag = "set to the training mean, and an input says so",
}

--- Raises where something is missing and the recipe wants nothing to be.
---@param value table
---@param info table after loading
---@param features table[]
---@param file string
function columns.refuse_missing(value, info, features, file)
  for _, feature in ipairs(value.opts.missing == "error" and features or {}) do
    local column = info.columns[feature.column]
    if column.missing > 0 then
      errors.raise(value.where, "%s: %s: line %d has nothing in column %s (%d such line%s); "
        .. "missing = \"mean\", \"median\", \"flag\" or \"drop\" allows it", value.kind, file,
        column.missing_line > 0 and column.missing_line or column.word_line, column.name,
        column.missing, column.missing == 1 and "" or "s")
    end
  end
end

--- Says what is done where something is missing.
function columns.say_missing(value, info, features, notes)
  local policy = value.opts.missing
  columns.refuse_missing(value, info, features, notes.file)
  for _, feature in ipairs(features) do
    local column = info.columns[feature.column]
    if column.missing > column.unfit then -- else it is said with its words
      local texts = column.kind == "category" and policy ~= "drop"
      notes.missing[#notes.missing + 1] = ("%s: %d missing, %s"):format(column.name,
        column.missing, texts and "no category set" or FILLED[policy])
    end
  end
end

return columns
