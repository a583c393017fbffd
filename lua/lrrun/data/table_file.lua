--- A file of separated values as columns: opened as the recipe says, each column read as what
--- it is taken as, and the task that its target makes. Layer: data.

local columns = require "lrrun.data.columns"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local of_targets = require "lrrun.data.targets"
local scratch = require "lrrun.data.scratch"
local stored = require "lrrun.data.stored"
local table_notes = require "lrrun.data.table_notes"
local tables = require "lrrun.native.table"

local table_file = {}

-- Whole numbers are classes when there are so few of them, and each has this many rows.
local CLASSES_MOST, ROWS_EACH = 32, 2

local function looks_like_classes(box, info, target)
  local column = info.columns[target]
  if column.kind == "category" then
    return true
  elseif not column.whole then
    return false
  end
  local n = box:distinct(target, CLASSES_MOST)
  return n ~= nil and (n <= 2 or info.rows >= ROWS_EACH * n)
end

local function task_of(value, box, info, targets)
  local task = value.opts.task
  if not task then
    local all = #targets == 1 and looks_like_classes(box, info, targets[1])
    task = all and "classification" or "regression"
  end
  if task == "classification" and #targets > 1 then
    errors.raise(value.where, "%s: classification has one target column, %d are given",
      value.kind, #targets)
  end
  for _, place in ipairs(targets) do
    local column = info.columns[place]
    if task == "regression" and column.kind == "category" then
      errors.raise(value.where, "%s: the target column %s holds texts%s, regression needs "
        .. "numbers; columns = { [%q] = \"number\" } takes texts as missing", value.kind,
        column.name, column.examples[1] and (" ('%s')"):format(column.examples[1]) or "",
        column.name)
    end
  end
  return task
end

local function has_tabs(path)
  path = path:gsub("%.gz$", "")
  return path:find "%.tsv$" or path:find "%.tab$"
end

-- What means missing, as texts of the file: a whole number is also found as 7.0, and a fraction
-- with the file's decimal mark.
local function words_of(o)
  local out = {}
  for _, word in ipairs(o.missing_words or {}) do
    local whole = type(word) == "number" and math.tointeger(word)
    if whole then
      out[#out + 1] = tostring(whole)
      out[#out + 1] = whole .. (o.decimal or ".") .. "0"
    else
      out[#out + 1] = type(word) == "number"
        and (("%.14g"):format(word):gsub("%.", o.decimal or ".")) or word
    end
  end
  return #out > 0 and out or nil
end

-- The first lines that are left out of a file of this part.
local function skip_of(o, part)
  if type(o.skip) == "table" then
    return o.skip[part] or 0
  end
  return o.skip
end

-- How the file at path, of this part, is written, as the recipe says.
local function form_of(path, o, header, part)
  return {
    delimiter = o.delimiter == "space" and " " or o.delimiter,
    likely = path and has_tabs(path) and "\t" or nil, header = header, comment = o.comment,
    quote = o.quote, escape = o.escape, latin1 = o.encoding == "latin1", skip = skip_of(o, part),
    decimal = o.decimal, thousands = o.thousands, words = words_of(o),
  }
end

-- Columns that the recipe ignores, as texts: their values need not be kept.
local function ignored(o)
  local out = {}
  for _, which in ipairs(type(o.ignore) == "table" and o.ignore or { o.ignore }) do
    out[#out + 1] = tostring(which)
  end
  for which, kind in pairs(o.columns or {}) do
    out[#out + 1] = kind == "ignore" and tostring(which) or nil
  end
  return out
end

--- The native table of a file, surveyed.
-- how: { stay = whether its rows are going to stay in the file, as stored.of_table has it;
-- later = it is loaded when others are: nothing is kept of it until then }; without it as the
-- recipe says
---@param path string
---@param o table of data.csv: how the file is written
---@param header boolean? nil: found out
---@param part string "train", "val", "test"
---@param how table?
function table_file.open(path, o, header, part, how)
  local form = form_of(path, o, header, part)
  how = how or { stay = stored.of_table(o) }
  form.ignored = not how.later and how.stay ~= true and ignored(o) or nil
  form.most = math.type(how.stay) == "integer" and math.max(1, how.stay) or nil
  return tables.csv(path, form)
end

-- Why the rows of a surveyed file can stay neither in it nor in a copy on the disk of the runs, for
-- which room is made where there is any; nil where they can.
local function why_not(box)
  local why, folder = box:unplaced(), scratch.folder()
  local none = why and folder and box:room(folder)
  if not why or folder and not none then
    return nil
  end
  return none and ("%s, or make room for a copy: %s"):format(why, none) or why
end

--- Raises where the rows of a surveyed file are to stay in it or in a copy and cannot. Gives the
--- bytes of the copy that loading makes.
---@param value table
---@param box userdata
---@return integer
function table_file.check_placed(value, box)
  local why = why_not(box)
  if why then
    errors.raise(value.where, "%s: %s: %s", value.kind, value.opts.stream and "stream = true"
      or "rows of train stay in their file (stream = false: not)", why)
  end
  return box:unplaced() and box:text() or 0
end

--- Says where rows are copied to.
---@param bytes integer
---@param notes string[]
function table_file.say_copied(bytes, notes)
  if bytes > 0 then
    of_targets.say(notes, "what is packed or not UTF-8 is copied as UTF-8 to a file without a "
      .. "name in %s, which takes %s of the disk and is gone with the run",
      current.request().scratch_dir, stored.size(bytes))
  end
end

-- Says why rows that should stay on a disk are in memory: that there is no room, or that the
-- command makes no runs, and so keeps nothing on a disk.
local function say_inside(notes, why)
  if scratch.folder() then
    notes:add("rows are in memory: %s", why)
  else
    notes:add("rows are in memory: %s; a run has a copy of them on the disk", why:match "^[^,]*")
  end
end

-- Whether rows of so many values are more than memory is for: stay as stored.of_table has it.
local function exceeds(stay, rows, values)
  return math.type(stay) == "integer" and rows * values * 4 > stay
end

--- Reads the columns of a surveyed table as their kinds say, into memory or, where its rows stay in
--- the file or in a copy, the targets alone. Gives the copy's bytes.
---@param value table
---@param box userdata
---@param kinds string[]
---@param targets integer[]
---@param stay boolean|integer? as stored.of_table has it, and does where it is nil; false: not
---@param notes table? of table_notes
---@return integer
function table_file.load(value, box, kinds, targets, stay, notes)
  local inputs = -#targets
  for _, kind in ipairs(kinds) do
    inputs = inputs + (kind ~= "ignore" and 1 or 0)
  end
  if stay == nil then
    stay = stored.of_table(value.opts)
  end
  local wanted = stay == true or exceeds(stay, box:rows(), inputs)
  local why = wanted and why_not(box)
  if not wanted or why and not (stay == true and scratch.folder()) then
    if why and notes then
      say_inside(notes, why)
    end
    box:load(kinds)
    return 0
  end
  local copied = table_file.check_placed(value, box)
  box:load(kinds, nil, targets)
  return copied
end

--- The native rows of a file, or of the standard input (path nil).
---@param path string?
---@param o table of data.csv: how it is written
---@param header boolean
---@param part string as what it is written
function table_file.rows(path, o, header, part)
  return tables.rows(path, form_of(path, o, header, part))
end

--- Takes the mark that the recipe's `strip` names off the texts of target columns.
---@param box userdata the native table, surveyed
---@param o table of data.csv
---@param targets integer[]
function table_file.strip(box, o, targets)
  for _, place in ipairs(o.strip and targets or {}) do
    box:strip(place, o.strip)
  end
end

local function check_strip(value, info, targets)
  for _, place in ipairs(value.opts.strip and targets or {}) do
    local column = info.columns[place]
    if column.kind ~= "category" then
      errors.raise(value.where, "%s: strip = %q is for targets that are texts, and the column %s "
        .. "holds %ss", value.kind, value.opts.strip, column.name, column.kind)
    end
  end
end

-- A column that the recipe takes as numbers or dates, and that has none, would be constant.
local function check_kinds(value, before, info, file)
  for place, column in ipairs(info.columns) do
    local found = before.columns[place]
    if column.kind ~= found.kind and (column.kind == "number" or column.kind == "date")
      and column.unfit > 0 and column.missing == info.rows then
      errors.raise(value.where, "%s: %s: 'columns' takes %s as a %s, and none of its rows holds "
        .. "one (%s)%s", value.kind, file, column.name, column.kind, found.kind == "category"
          and columns.quoted(found) or "it holds " .. found.kind .. "s",
        column.kind == "date" and "; dates are 2020-12-31" or "")
    end
  end
end

--- Raises where a row ends before the last column and the recipe wants nothing to be missing.
---@param value table
---@param info table after the survey
---@param file string
function table_file.check_width(value, info, file)
  if info.shorts > 0 and value.opts.missing == "error" then
    errors.raise(value.where, "%s: %s: line %d has %d field%s, want %d (%d such line%s); missing = "
      .. "\"mean\", \"median\", \"flag\" or \"drop\" takes what is not there as missing",
      value.kind, file, info.short_line, info.short_fields, info.short_fields == 1 and "" or "s",
      #info.columns, info.shorts, info.shorts == 1 and "" or "s")
  end
end

--- Decides what the columns are and reads them: a value of data.csv for its training file.
-- Gives { info, targets, is_target, task, features, notes, copied }; info.stored: rows stay in the
-- file or, `copied` bytes of it, in a copy.
---@param value table
---@param box userdata the native table
---@param file string its name, for messages
---@param shows boolean? as table_notes.new has it
---@param stay boolean|integer? as table_file.load has it
function table_file.read(value, box, file, shows, stay)
  local notes = table_notes.new(file, shows)
  local info = box:info()
  info.file = file -- for messages
  local targets, is_target = columns.places(value, info, "target",
    value.opts.target or columns.last(info))
  table_file.check_width(value, info, file)
  table_notes.say_file(info, notes)
  table_file.strip(box, value.opts, targets)
  local surveyed, kinds = info, columns.decide(value, info, is_target, notes)
  local copied = table_file.load(value, box, kinds, targets, stay, notes)
  info = box:info()
  check_kinds(value, surveyed, info, file)
  check_strip(value, info, targets)
  local task = task_of(value, box, info, targets)
  local features = columns.features(value, box, info, is_target, notes)
  columns.say_missing(value, info, features, notes)
  columns.say_targets(value, info, targets, notes)
  return { info = info, targets = targets, is_target = is_target, task = task,
    features = features, notes = notes, copied = copied }
end

-- Values of a row of these features.
local function width_of(features)
  local width = 0
  for _, feature in ipairs(features) do
    width = width + (feature.flag and 1 or 0) + (feature.levels and #feature.levels
      or feature.kind == "date" and (feature.time and 4 or 3) or 1)
  end
  return width
end

-- Whether rows, where they are as they are after train was read, may have to be read again and stay
-- (true) or not (false); nil: neither.
local function again_as(t, boxes, unplaced)
  if not t.info.stored then
    return true
  end
  for name in pairs(boxes) do
    if unplaced[name] and not scratch.folder() then
      return false
    end
  end
end

-- Why the parts that want a copy have no room for it; nil where they have.
local function no_room(boxes, unplaced)
  local folder, bytes = scratch.folder(), 0
  for name, box in pairs(boxes) do
    bytes = bytes + (unplaced[name] and box:text() or 0)
  end
  local _, why = next(unplaced)
  local none = why and folder and tables.room(folder, bytes)
  return none and ("%s, or make room for a copy: %s"):format(why, none) or not folder and why or nil
end

--- The tables of all parts by name, surveyed, and what table_file.read gives of that of train,
--- which is loaded. Where categories or the parts together make more of rows than memory is for,
--- they are read again, and stay in their files.
---@param value table
---@param paths {train: string, val: string?, test: string?}
---@param stay boolean? true: rows stay; false: they do not
---@return table<string, userdata>, table
function table_file.parts(value, paths, stay)
  local o = value.opts
  local train = table_file.open(paths.train, o, o.header, "train", stay ~= nil and { stay = stay }
    or nil)
  local boxes, unplaced = { train = train }, { train = train:unplaced() }
  local t = table_file.read(value, train, paths.train:match "[^/]*$", nil, stay)
  local rows = t.info.rows
  for _, name in ipairs { "val", "test" } do
    if paths[name] then
      -- Of one of the two the rows may be kept in the room that is left for them.
      boxes[name] = table_file.open(paths[name], o, t.info.header, name,
        { stay = t.info.stored, later = name == "test" and paths.val ~= nil })
      rows, unplaced[name] = rows + boxes[name]:rows(), boxes[name]:unplaced()
    end
  end
  local again = again_as(t, boxes, unplaced)
  if stay == false or again == nil
    or again and not exceeds(stored.of_table(o), rows, width_of(t.features)) then
    return boxes, t
  end
  local why = again and no_room(boxes, unplaced)
  if why then
    say_inside(t.notes, why)
    return boxes, t
  end
  for _, box in pairs(boxes) do
    box:close()
  end
  return table_file.parts(value, paths, again)
end

--- The rows of a training file as a native data set; those left out are added to its notes.
---@param value table
---@param box userdata
---@param t table of table_file.read
---@param spare integer? rows that are appended later
---@return userdata
function table_file.dataset(value, box, t, spare)
  local native, counts = box:dataset { features = t.features, target = t.targets, spare = spare,
    classes = t.task == "classification", drop = value.opts.missing == "drop" }
  if counts.untargeted > 0 then
    t.notes:add("%d row%s without a target left out", counts.untargeted,
      counts.untargeted == 1 and "" or "s")
  end
  return native
end

return table_file
