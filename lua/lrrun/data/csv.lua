--- data.csv: files of separated values. Layer: data.
--
-- What a column holds is found out and said (lrrun.data.columns). The target is a column, the
-- last one unless the recipe names it. Validation and test data may be files of their own:
-- their columns are found by name, and what is known of them comes from the training file.

local columns = require "lrrun.data.columns"
local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local part_keys = require "lrrun.data.parts"
local rows = require "lrrun.data.rows"
local stored = require "lrrun.data.stored"
local of_targets = require "lrrun.data.targets"
local table_file = require "lrrun.data.table_file"

-- Places of the training data's columns in another file: by name where both have headers, else
-- by place; the target columns may be missing.
local function places_in(d, info, path, known)
  local places, names = {}, known.names
  local targets = {}
  for _, place in ipairs(known.targets or {}) do
    targets[place] = true
  end
  local without = #names - #(known.targets or {})
  for i, feature in ipairs(known.features) do
    local place = feature.column
    if known.header then
      places[i] = columns.place(d, info, path, names[place])
    elseif #info.columns == #names then
      places[i] = place
    elseif #info.columns == without then
      local before = 0
      for target in pairs(targets) do
        before = before + (target < place and 1 or 0)
      end
      places[i] = place - before
    else
      errors.raise(nil, "%s: %s has %d column%s, want %d (or %d with the target)", d.kind, path,
        #info.columns, #info.columns == 1 and "" or "s", without, #names)
    end
  end
  return places
end

-- Loads another file as the training data's were: its features and targets. stay: its rows stay in
-- it.
local function load_as(d, box, path, known, stay)
  local info = box:info()
  local kinds, offsets, features, targets = {}, {}, {}, {}
  for place in ipairs(info.columns) do
    kinds[place], offsets[place] = "ignore", 0
  end
  for i, place in ipairs(places_in(d, info, path, known)) do
    local feature = known.features[i]
    kinds[place], offsets[place] = feature.kind, feature.offset or 0
    features[i] = { column = place, kind = feature.kind, levels = feature.levels,
      time = feature.time, flag = feature.flag }
  end
  for i, place in ipairs(known.targets or {}) do
    targets[i] = known.header and columns.place(d, info, path, known.names[place]) or place
    kinds[targets[i]] = known.target_kind
    offsets[targets[i]] = known.target_offsets and known.target_offsets[i] or 0
  end
  table_file.strip(box, d.opts, targets)
  box:load(kinds, offsets, stay and targets or nil)
  info = box:info()
  for _, feature in ipairs(features) do
    local column = info.columns[feature.column]
    if column.unfit > 0 and column.missing == info.rows then
      errors.raise(d.where, "%s: %s: column %s holds texts ('%s'), the training data's %ss",
        d.kind, path:match "[^/]*$", column.name, column.examples[1] or "?", feature.kind)
    end
  end
  return features, targets
end

local function say_counts(path, counts, info, out)
  local unfit = 0
  for _, column in ipairs(info.columns) do
    unfit = unfit + (column.kind ~= "ignore" and column.unfit or 0)
  end
  local said = {}
  local function add(n, form)
    if n > 0 then
      said[#said + 1] = form:format(n, n == 1 and "" or "s")
    end
  end
  if info.shorts > 0 then
    said[1] = ("%d row%s before the last column"):format(info.shorts,
      info.shorts == 1 and " ends" or "s end")
  end
  add(counts.missing, "%d value%s missing")
  add(unfit, "of these %d text%s where numbers or dates are wanted")
  add(counts.unseen, "%d text%s that the training data have not")
  add(counts.untargeted, "%d row%s without a target left out")
  add(counts.unknown, "%d row%s of a class that the training data have not left out")
  add(counts.dropped, "%d row%s dropped, as something is missing")
  if #said > 0 then
    out[#out + 1] = path:match "[^/]*$" .. ": " .. table.concat(said, ", ")
  end
end

-- The mark that stands behind classes of the training data in another file, a text that has it, and
-- whether none is without; nil where there is no such mark.
local function mark_behind(levels, class_names)
  local known, mark, example, all = {}, nil, nil, true
  for _, name in ipairs(class_names) do
    known[name] = true
  end
  for _, level in ipairs(levels) do
    local name, last = level:match "^(.-)%s*(%p)$"
    if not known[level] and known[name] and (not mark or last == mark) then
      mark, example = last, example or level
    else
      all = false
    end
  end
  return mark, example, all
end

local function say_mark(d, box, file, target, class_names, notes)
  local mark, example, all = mark_behind(box:levels(target), class_names)
  if mark then
    local said = ("%s: classes of the training data stand here with '%s' behind them ('%s'): "
      .. "strip = %q takes it off"):format(file, mark, example, mark)
    if all then
      errors.raise(d.where, "%s: %s", d.kind, said)
    end
    notes[#notes + 1] = said
  end
end

-- Rows of another file, with the classes of the training data where it has targets.
local function part(d, box, path, known, class_names, notes)
  local file = path:match "[^/]*$"
  table_file.check_width(d, box:info(), file)
  if notes.stay then
    notes.copied = notes.copied + table_file.check_placed(d, box)
  end
  local features, targets = load_as(d, box, path, known, notes.stay)
  columns.refuse_missing(d, box:info(), features, file)
  if class_names and known.target_kind == "category" then
    say_mark(d, box, file, targets[1], class_names, notes)
  end
  local native, counts = box:dataset { features = features, target = targets,
    classes = known.classes, class_names = class_names, drop = d.opts.missing == "drop" }
  say_counts(path, counts, box:info(), notes)
  return native
end

-- What runs of before have kept: places and levels in two lists.
local function upgraded(kept)
  if type(kept.features[1]) == "table" then
    return kept
  end
  local features = {}
  for i, place in ipairs(kept.features) do
    local levels = kept.levels[i]
    features[i] = { column = place, kind = #levels > 0 and "category" or "number",
      levels = #levels > 0 and levels or nil }
  end
  return { header = kept.header, names = kept.names, features = features, fill = kept.fill,
    targets = kept.targets }
end

-- Targets of rows that are measured.
local function targets_in(d, info, name, known)
  local out = {}
  for i, place in ipairs(known.targets or {}) do
    out[i] = known.header and columns.place(d, info, name, known.names[place])
      or info.columns[place] and place
    if not out[i] then
      errors.raise(nil, "%s: %s has no column %d, the target", d.kind, name, place)
    end
  end
  return out
end

local function check_rows(d, known, name, box)
  local place, word = box:unfit()
  if place then
    local feature = known.features[place]
    errors.raise(d.where, "%s: %s: column %s holds texts ('%s'), the training data's %ss", d.kind,
      name, known.names[feature.column], word, feature.kind)
  end
  local c = box:counts()
  if d.opts.missing == "error" and c.dropped > 0 then
    errors.raise(d.where, "%s: %s: line %d has nothing where the model wants a value, and the "
      .. "recipe says missing = \"error\"", d.kind, name, c.dropped_line)
  end
end

-- The targets that a file has although nobody asks for them, in words; nil where it has none.
local function unused(info, known)
  local there, out = {}, {}
  for place, column in ipairs(info.columns) do
    there[known.header and column.name or place] = true
  end
  local whole = known.header or #info.columns == #known.names
  for _, place in ipairs(whole and known.targets or {}) do
    local name = known.names[place]
    out[#out + 1] = there[known.header and name or place] and name or nil
  end
  return #out > 0 and ("the target %s is there and not used"):format(table.concat(out, ", ")) or nil
end

-- A source (lrrun.data.samples) of the rows of another file with the columns of this one. o: keep,
-- form, whole, labelled (with targets: rows without one are left out)
local function rows_of(path, d, o)
  local known, name = upgraded(d.columns), rows.name(path)
  local box = table_file.rows(path, d.opts, known.header, part_keys.of_file("file", d.opts, path))
  local info = box:info()
  local features, policy = {}, d.opts.missing
  for i, place in ipairs(places_in(d, info, path or name, known)) do
    local feature = known.features[i]
    features[i] = { column = place, kind = feature.kind, levels = feature.levels,
      time = feature.time, flag = feature.flag, offset = feature.offset }
  end
  local begin = { features = features, drop = policy == "drop" or policy == "error",
    target = o.labelled and targets_in(d, info, name, known) or {},
    target_kind = known.target_kind, target_strip = d.opts.strip,
    target_offsets = known.target_offsets,
    class_names = o.labelled and d.classes and d.class_names or nil }
  return rows.source({ name = name, box = box, begin = begin,
    also = not o.labelled and unused(info, known) or nil,
    fill = policy == "median" and "median" or "mean",
    about_class = function(word)
      local mark = d.class_names and mark_behind({ word }, d.class_names)
      return mark and ("; strip = %q in the recipe's data takes '%s' off"):format(mark, mark) or ""
    end,
    most = o.whole and 2 ^ 31 - 1 or rows.chunk(d.batch, d.shape[1]),
    check = function()
      check_rows(d, known, name, box)
    end }, o)
end

local function essence(info, targets, task, native, features)
  local goal = info.columns[targets[1]].name
  for i = 2, #targets do
    goal = goal .. ", " .. info.columns[targets[i]].name
  end
  return ("target %s, %s; %s; %d column%s in, %d value%s"):format(goal, task, info.header
    and "the first line is a header" or "no header", #features, #features == 1 and "" or "s",
    native.shape[1], native.shape[1] == 1 and "" or "s")
end

-- What is known of the columns of the training file.
local function known_of(t)
  local info, offsets = t.info, {}
  for i, place in ipairs(t.targets) do
    offsets[i] = info.columns[place].offset
  end
  return { header = info.header, names = columns.names(info), features = t.features,
    targets = t.targets, target_kind = info.columns[t.targets[1]].kind,
    classes = t.task == "classification", target_offsets = offsets }
end

-- The other files are looked through before the training data are made, which leave room for them.
local function native(self, ctx)
  local o = self.opts
  local paths = part_keys.paths(self, ctx, "file")
  local boxes, t = table_file.parts(self, paths)
  local box <close> = boxes.train
  local val <close> = boxes.val
  local test <close> = boxes.test
  local known = known_of(t)
  local data = table_file.dataset(self, box, t, (val and val:rows() or 0)
    + (test and test:rows() or 0))
  local made = data:info()
  local notes = t.notes:into { essence(t.info, t.targets, t.task, made, t.features) }
  notes.columns, notes.stay, notes.copied = known, t.info.stored, t.copied
  box:close()
  for _, name in ipairs { "val", "test" } do
    if boxes[name] then
      data:append(name, part(self, boxes[name], paths[name], known, made.class_names, notes))
    end
  end
  stored.say(data, o, notes)
  table_file.say_copied(notes.copied, notes)
  of_targets.fit(self, data, ctx, notes)
  notes.fill = o.missing == "median" and "median" or "mean"
  return data, notes
end

local function check_skip(o, fail)
  local files = part_keys.names("file", o)
  for name, lines in pairs(type(o.skip) == "table" and o.skip or {}) do
    if not part_keys.is_name(name) then
      fail("skip", "has %s, want train, val or test = lines", errors.show(name))
    elseif math.type(lines) ~= "integer" or lines < 0 then
      fail("skip", "has %s = %s, want lines from 0 on", name, errors.show(lines))
    elseif not files[name] then
      fail("skip", "has %s, and no file is given as that", name)
    end
  end
end

-- Keys of one character for which "" says that there is none.
local NONE = { comment = true, quote = true }

local function check_characters(o, fail)
  if o.delimiter and o.delimiter ~= "space" and #o.delimiter ~= 1 then
    fail("delimiter", "is '%s', want one character or \"space\"%s", o.delimiter,
      errors.hint(o.delimiter, { "space" }))
  end
  for _, key in ipairs { "comment", "quote", "escape", "thousands", "strip" } do
    if o[key] and (#o[key] > 1 or o[key] == "" and not NONE[key]) then
      fail(key, "is '%s', want one character%s", o[key], NONE[key] and " or \"\" for none"
        or o[key] == "" and "; without the key there is none" or "")
    end
  end
end

local function check(o, fail)
  part_keys.check("file", o, fail)
  stored.check_table(o, fail)
  check_characters(o, fail)
  check_skip(o, fail)
  for name, kind in pairs(o.columns or {}) do
    if not columns.KINDS[kind] then
      fail("columns", "has %s = %s, want %s%s", tostring(name), errors.show(kind), columns.takes,
        errors.hint(kind, columns.NAMES))
    end
  end
  for _, word in ipairs(o.missing_words or {}) do
    if type(word) ~= "string" and not (type(word) == "number" and word - word == 0) then
      fail("missing_words", "has %s, want texts or numbers", errors.show(word))
    end
  end
end

return common.constructor {
  name = "data.csv",
  doc = "Rows of files of separated values; columns of texts become one input per category.",
  positional = { "file" },
  keys = part_keys.with(part_keys.keys("file", "beside the recipe or in the data folder; also .gz",
    "file", "rows"), {
    { "target", { "string", "integer", "list" },
      doc = "column to predict, by name or number (-1: the last; default: the last that is not "
        .. "empty and without a name); a list for more" },
    { "task", "string", choices = { "classification", "regression" },
      doc = "default: classification for texts and for few whole numbers" },
    { "columns", "table",
      doc = "what columns are taken as: { price = \"number\", id = \"ignore\", day = \"date\", "
        .. "city = \"category\" }; found out where not given" },
    { "ignore", { "string", "integer", "list" }, doc = "columns left out; default: "
      .. "those without anything in them, and row names" },
    { "header", "boolean", doc = "the first line names the columns; found out where not given" },
    { "delimiter", "string",
      doc = "one character, or \"space\" for any blanks; found out where not given" },
    { "quote", "string", doc = "around fields, or \"\" for none; without it as the file's first "
      .. "32 KB have it" },
    { "escape", "string", doc = "in quotes: the character after it is itself; default: none is" },
    { "comment", "string",
      doc = "lines that begin with it are left out; \"\" for none; found out where not given" },
    { "skip", { "integer", "table" }, min = 0, doc = "lines at the beginning that are left out, or "
      .. "{ test = 1 } where not of all files; default: 0. predict and eval take what the file of "
      .. "that name has, of others what train has" },
    { "strip", "string", doc = "character that is taken off the ends of a target's texts, as the "
      .. "full stops of \"<=50K.\"; default: none is" },
    { "decimal", "string", choices = { ".", "," }, default = ".", doc = "decimal point" },
    { "thousands", "string", doc = "character between groups of three digits; default: a "
      .. "comma where decimal is a point" },
    { "encoding", "string", choices = { "utf-8", "latin1" }, default = "utf-8",
      doc = "of the bytes; UTF-16 is known by its mark" },
    { "missing", "string", choices = { "mean", "median", "drop", "flag", "error" },
      default = "mean", doc = "a missing value becomes the training mean or median, drops its "
        .. "row, becomes the mean with an input that says so, or is an error" },
    { "missing_words", "list", doc = "texts or numbers that mean missing beside an empty "
      .. "field, ?, NA, null, ..." },
    stored.KEY,
  }),
  normalize = true,
  numbers = true,
  check = check,
  native = native,
  input = rows_of,
}
