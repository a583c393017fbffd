--- data.npy: arrays of NumPy, in files of their own (.npy) or in archives (.npz).
-- Layer: data.
--
-- An array is named by its file; by the archive and its key there ("data.npz:x"); or, where file
-- or train names an archive, by its key alone. Keys that the recipe does not give are found
-- among names that are usual, and said.

local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local find = require "lrrun.data.find"
local input = require "lrrun.data.input"
local parts = require "lrrun.data.parts"
local readers = require "lrrun.native.readers"
local scale = require "lrrun.data.scale"
local stored = require "lrrun.data.stored"
local targets = require "lrrun.data.targets"
local usual = require "lrrun.data.usual_names"

-- Columns named in one line.
local NAMED = 6

-- An array named by a file, or by an archive and its key; nil where there is no such file.
local function reference(value, ctx, name)
  local archive, key = name:match "^(.+%.[Nn][Pp][Zz]):(.+)$"
  if archive and find.try(ctx, archive) then
    return { find.need(value, ctx, archive), key }
  end
  return find.try(ctx, name) and { find.need(value, ctx, name) } or nil
end

-- The array `name` of an archive, or another file's.
local function in_archive(value, ctx, archive, has, name)
  if has[name] or has[name:gsub("%.npy$", "")] then
    return { archive, name }
  end
  return reference(value, ctx, name) or { archive, name } -- which says what there is
end

local function no_samples(value, archive, list)
  errors.raise(value.where, "%s: %s has the arrays %s: which holds the samples? x = \"...\" and "
    .. "y = \"...\" name them", value.kind, archive:match "[^/]*$",
    #list > 0 and table.concat(list, ", ", 1, math.min(#list, 20)) or "(none)")
end

-- The names of an archive's arrays, as a list and a set.
local function names_in(value, archive)
  local list = readers.archive(archive)
  if not list then
    errors.raise(value.where, "%s: %s is no archive (.npz); x and y name arrays (.npy)",
      value.kind, archive:match "[^/]*$")
  end
  local has = {}
  for _, name in ipairs(list) do
    has[name] = true
  end
  return list, has
end

-- The arrays of a part in an archive: { x = {path, key}, y }; nil where it has none.
-- main: it is the part's own archive, in which names without a part are usual too.
local function of_archive(value, ctx, archive, part, main, names)
  local list, has = names_in(value, archive)
  local x = names.x or usual(has, part, "x", main) or main and #list == 1 and list[1]
  if not x then
    return main and no_samples(value, archive, list) or nil
  end
  local y = names.y or usual(has, part, "y", main)
  return { x = in_archive(value, ctx, archive, has, x),
    y = y and in_archive(value, ctx, archive, has, y) or nil,
    found = names.x == nil or names.y == nil and y ~= nil }
end

-- The archive that x names, where it is one: then x is no key.
local function archive_of_x(value, ctx)
  local path = value.opts.x and find.try(ctx, value.opts.x)
  return path and readers.archive(path) and find.need(value, ctx, value.opts.x) or nil
end

local function need(value, ctx, name)
  return name and (reference(value, ctx, name) or { find.need(value, ctx, name) }) or nil
end

-- Names that the recipe gives for the arrays of a part.
local function names_of(o, part)
  local prefix = part == "train" and "" or part .. "_"
  return { x = o[prefix .. "x"], y = o[prefix .. "y"] }
end

-- Arrays of val or test: in an archive of their own, in that of the training data, or files.
local function other_part(value, ctx, part, archive)
  local o = value.opts
  local names = names_of(o, part)
  local own = parts.names("file", o)[part]
  if own then
    local train = names_of(o, "train")
    return of_archive(value, ctx, find.need(value, ctx, own), part, true,
      { x = names.x or not value.x_is_archive and train.x or nil, y = names.y or train.y })
  elseif archive and (names.x or type(o[part]) ~= "number") then
    return of_archive(value, ctx, archive, part, false, names)
  end
  return names.x and { x = need(value, ctx, names.x), y = need(value, ctx, names.y) } or nil
end

-- The arrays of all parts, and the archive of the training data.
local function find_arrays(value, ctx)
  local o = value.opts
  local archive = parts.names("file", o).train
  archive = archive and find.need(value, ctx, archive)
  local names = names_of(o, "train")
  local x_archive = not archive and archive_of_x(value, ctx)
  local all = {}
  if archive or x_archive then
    all.train = of_archive(value, ctx, archive or x_archive, "train", true,
      { x = archive and names.x, y = names.y })
  else
    all.train = { x = need(value, ctx, names.x), y = need(value, ctx, names.y) }
  end
  for _, part in ipairs { "val", "test" } do
    all[part] = other_part(value, ctx, part, archive or x_archive)
    if all[part] and (all[part].y == nil) ~= (all.train.y == nil) then
      errors.raise(value.where, "%s: the %s part has %s 'y', and the training part %s: "
        .. "%s_y = \"...\" names it", value.kind, part, all[part].y and "a" or "no",
        all[part].y and "none" or "has one", part)
    end
  end
  return all
end

local function say_found(all, notes)
  for _, part in ipairs(parts.NAMES) do
    local a = all[part]
    if a and a.found then
      targets.say(notes, "%s: x is '%s'%s of %s; x and y name others", part, a.x[2],
        a.y and (", y '%s'"):format(a.y[2] or a.y[1]:match "[^/]*$") or ", no y",
        a.x[1]:match "[^/]*$")
    end
  end
end

-- What to say where the data are to be learned and no array is taken as y.
local function without_y(a)
  local archive = a.x[1]:match "[^/]*$"
  if not a.x[2] then
    return ("%s holds samples alone, and none is taken as y; y = \"...\" names the file of their "
      .. "classes or targets"):format(archive)
  end
  local list = readers.archive(a.x[1]) or {}
  local other
  for _, name in ipairs(list) do
    other = other or name ~= a.x[2] and name
  end
  return ("%s has the arrays %s, and none is taken as y: x = \"%s\" and y = \"%s\" name them")
    :format(archive, table.concat(list, ", ", 1, math.min(#list, 20)), a.x[2], other or "...")
end

-- Numbers that mean missing; "inf" is all that is infinite.
local function words_of(o)
  local out = {}
  for i, word in ipairs(o.missing_words or {}) do
    out[i] = word == "inf" and math.huge or word
  end
  return out
end

local FILLED = {
  mean = "set to the training mean", median = "set to the training median",
  flag = "set to the training mean, and an input says so", drop = "samples dropped",
}

local function say_columns(part, columns, filled, notes)
  for i = 1, math.min(#columns, NAMED) do
    targets.say(notes, "%scolumn %d: %d missing, %s", part == "train" and "" or part .. ": ",
      columns[i][1], columns[i][2], filled)
  end
  if #columns > NAMED then
    targets.say(notes, "%sand %d more columns with missing values",
      part == "train" and "" or part .. ": ", #columns - NAMED)
  end
end

-- What is missing in the samples of each part, said, or refused; columns of the training part.
local function look(value, native, all, notes)
  local policy, columns = value.opts.missing, {}
  for _, part in ipairs(parts.NAMES) do
    if all[part] then
      local list, samples, first = native:missing(part)
      if #list > 0 and policy == "error" then
        errors.raise(value.where, "%s: %s: sample %d has nothing in column %d (%d such sample%s); "
          .. "missing = \"mean\", \"median\", \"flag\" or \"drop\" allows it", value.kind,
          all[part].x[1]:match "[^/]*$", first, list[1][1], samples, samples == 1 and "" or "s")
      end
      columns[part] = list
      say_columns(part, list, FILLED[policy], notes)
    end
  end
  return columns
end

-- Adds an input for each of the columns, which says where it has nothing.
local function flag(value, native, columns)
  local info, flags = native:info(), {}
  if info.length or #info.shape ~= 1 then
    errors.raise(value.where, "%s: missing = \"flag\" is for samples of one row of numbers",
      value.kind)
  end
  for i, item in ipairs(columns) do
    flags[i] = item[1]
  end
  native:flag(flags)
  return flags
end

-- Fills in, drops or flags what is missing, as the recipe says; the columns with flags.
local function treat(value, native, all, notes)
  local policy = value.opts.missing
  if native:info().kind ~= "real" then
    targets.drop(native, false, notes)
    return {}
  end
  local columns, any = look(value, native, all, notes), false
  for _, list in pairs(columns) do
    any = any or #list > 0
  end
  targets.drop(native, policy == "drop", notes)
  if any or policy == "median" or not value.opts.normalize then
    notes.fill = policy == "median" and "median" or "mean"
  end
  return policy == "flag" and any and flag(value, native, columns.train) or {}
end

local function say_classes(native, seen, notes)
  local info = native:info()
  if seen == 0 or info.classes == 0 then
    return
  elseif info.class_names then
    local names = info.class_names
    targets.say(notes, "labels are %s%s: %d classes, in this order", table.concat(names, ", ", 1,
      math.min(#names, NAMED)), #names > NAMED and ", ..." or "", #names)
  elseif seen < info.classes then
    targets.say(notes, "labels are 0 to %d, of which %d %s no sample", info.classes - 1,
      info.classes - seen, info.classes - seen == 1 and "has" or "have")
  end
end

local function native(self, ctx)
  local o, notes = self.opts, {}
  local all = find_arrays(self, ctx)
  local function pair(part)
    local a = all[part]
    return a and { a.x[1], a.y and a.y[1], x_key = a.x[2], y_key = a.y and a.y[2] } or nil
  end
  local classes
  if o.task ~= nil then
    classes = o.task == "classification"
  end
  local data, seen = readers.npy {
    train = pair "train", val = pair "val", test = pair "test", classes = classes,
    vocab = o.vocab, per_step = o.per_step, words = words_of(o),
    stream = stored.of(o),
  }
  notes.lacks = not all.train.y and without_y(all.train) or nil
  notes[1] = targets.steps_note(data, o.per_step == nil)
  say_found(all, notes)
  stored.say(data, o, notes)
  local base = data:base()
  local flags = treat(self, data, all, notes)
  say_classes(data, seen, notes)
  scale.say_base(base, notes)
  targets.fit(self, data, ctx, notes)
  notes.arrays = data:info().kind == "real" and { base = base, flags = flags } or nil
  return data, notes
end

local function check_part(o, part, fail)
  local x, y = o[part .. "_x"], o[part .. "_y"]
  if y and not x then
    fail(part .. "_y", "is given without '%s_x'", part)
  elseif x and (o.y == nil) ~= (y == nil) then
    fail(part .. "_x", "wants a '%s_y' just as 'x' has a 'y'", part)
  end
end

local function check(o, fail)
  stored.check(o, fail)
  local archive = o.file or o.train
  if o.file and o.train then
    parts.check("file", o, fail)
  elseif not o.x and not archive then
    fail("x", "is missing: it takes a string, the file of samples; 'file' names an archive (.npz)")
  end
  for _, part in ipairs(archive and {} or { "val", "test" }) do
    check_part(o, part, fail)
  end
  for _, word in ipairs(o.missing_words or {}) do
    if word ~= "inf" and type(word) ~= "number" then
      fail("missing_words", "has %s, want numbers or \"inf\"", errors.show(word))
    end
  end
end

return common.constructor {
  name = "data.npy",
  doc = "NumPy arrays: x with a row for each sample, y with its class or targets; files of their "
    .. "own (.npy) or arrays of an archive (.npz).",
  positional = { "x", "y" },
  keys = parts.with(parts.keys("file", "an archive (.npz), of which x, y, val_x, ... are arrays; "
    .. "found by usual names where not given", "archive", "samples"), {
    { "x", "string", doc = "samples (n, ...): a file, an archive, or \"data.npz:key\"" },
    { "y", "string", doc = "classes (n), texts or whole numbers, or targets (n, k); at each step "
      .. "of samples (n, t, features) classes (n, t) or targets (n, t, k)" },
    { "val_x", "string", doc = "samples of the validation split" },
    { "val_y", "string", doc = "their classes or targets" },
    { "test_x", "string", doc = "samples of the test split" },
    { "test_y", "string", doc = "their classes or targets" },
    targets.TASK, targets.VOCAB, targets.PER_STEP,
    { "missing", "string", choices = { "mean", "median", "drop", "flag", "error" },
      default = "mean", doc = "a missing value (NaN) becomes the training mean or median, drops "
        .. "its sample, becomes the mean with an input that says so, or is an error" },
    { "missing_words", "list",
      doc = "numbers that mean missing beside NaN; \"inf\": the infinite" },
    stored.KEY,
  }),
  means = { target = "y", targets = "y", labels = "y", features = "x", inputs = "x" },
  normalize = true,
  numbers = true,
  images = true,
  check = check,
  native = native,
  input = input.rows,
}
