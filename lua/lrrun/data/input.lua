--- Files of samples without targets, for a model that is trained: pictures, arrays, rows of
--- numbers. Each gives a source (lrrun.data.samples). Layer: data.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local picture_fit = require "lrrun.data.picture_fit"
local picture_sets = require "lrrun.native.images"
local readers = require "lrrun.native.readers"
local rows = require "lrrun.data.rows"
local samples = require "lrrun.data.samples"
local stored = require "lrrun.data.stored"
local tables = require "lrrun.native.table"

local input = {}

local function check_shape(d, native, path)
  local shape = native:info().shape
  local want, found = table.concat(d.shape, " x "), table.concat(shape, " x ")
  if want ~= found then
    errors.raise(nil, "%s: the samples of %s are %s, the model wants %s", d.kind, path, found,
      want)
  end
  return native
end

-- What the targets of the model's data are, for the reader of arrays.
local function is_classes(d)
  return d.classes ~= nil
end

-- The targets of an array that is measured, in a file of their own.
local function targets_file(path, d, o)
  if o.labelled and not o.targets then
    errors.raise(nil, "--targets FILE is wanted beside --input %s: the %s of its samples", path,
      d.classes and "classes" or "targets")
  end
  return o.labelled and o.targets or nil
end

-- The classes of a file of targets as those of the model, by their names.
local function place_classes(d, native, y)
  local ids, places = {}, {}
  for i = 1, d.classes do
    ids[d.class_names and d.class_names[i] or tostring(i - 1)] = i - 1
  end
  local info = native:info()
  for i = 1, info.classes do
    local name = info.class_names and info.class_names[i] or tostring(i - 1)
    places[i] = ids[name]
    if not places[i] and native:has_class(i - 1) then
      errors.raise(nil, "--targets %s has the class %s, the model's are %s", y, name,
        d.class_names and table.concat(d.class_names, ", ", 1, math.min(d.classes, 20))
          or ("0 to %d"):format(d.classes - 1))
    end
    places[i] = places[i] or 0
  end
  native:place_classes(places, d.classes)
end

-- y: the file of targets, or nil. Samples without a target are left out.
local function check_targets(d, native, y)
  local info = native:info()
  if not y then
    return native
  elseif not d.classes and info.k ~= d.targets then
    errors.raise(nil, "--targets %s has %d target%s for a sample, the model %d", y, info.k,
      info.k == 1 and "" or "s", d.targets)
  elseif d.classes then
    place_classes(d, native, y)
  end
  native:drop(false)
  return native
end

-- Names of arrays that hold samples.
local X = { "x", "X", "x_test", "X_test", "x_train", "X_train", "arr_0" }

-- The array that a file holds, itself, or of an archive the one that has the samples, which is
-- said where there are others; y: a file of targets, or nil.
local function array_of(path, d, y, notes)
  local list = readers.archive(path)
  local has = {}
  for _, name in ipairs(list or {}) do
    has[name] = true
  end
  for _, name in ipairs { d.opts.test_x or false, d.opts.x or false, table.unpack(X) } do
    if has[name] then
      notes[#notes + 1] = #list > 1 and ("%s: the samples are its array '%s', of %s"):format(
        rows.name(path), name, table.concat(list, ", ", 1, math.min(#list, 20))) or nil
      return { path, y, x_key = name }
    end
  end
  if list and #list ~= 1 then
    errors.raise(nil, "%s: %s has the arrays %s, and none is named x", d.kind, path,
      table.concat(list, ", ", 1, math.min(#list, 20)))
  end
  return { path, y, x_key = list and list[1] }
end

local function is_numpy(path)
  return path:find "%.npy$" or path:find "%.npy%.gz$" or path:find "%.npz$"
end

-- What is known of the training data's arrays.
local function made_of(d)
  return d.arrays or { flags = {} }
end

-- Says how many values are missing; what they become is as in training.
local function say_missing(path, d, native, notes)
  if not d.arrays or native:info().kind ~= "real" then
    return
  end
  local of_columns, lacking = native:missing "train"
  local n = 0
  for _, column in ipairs(of_columns) do
    n = n + column[2]
  end
  notes[#notes + 1] = n > 0 and ("%s: %d value%s missing in %d sample%s, set to the training %s")
    :format(rows.name(path), n, n == 1 and "" or "s", lacking, lacking == 1 and "" or "s",
      d.opts.missing == "median" and "median" or "mean") or nil
end

-- Rows of an array, as the training data's were read: what was taken off, flags behind.
local function numpy(path, d, y, notes)
  local made = made_of(d)
  local native = readers.npy { train = array_of(path, d, y, notes), classes = is_classes(d),
    per_step = d.per_step or false, base = made.base,
    stream = #made.flags == 0 and stored.of {} or nil }
  stored.say(native, nil, notes)
  say_missing(path, d, native, notes)
  if not d.arrays and native:info().kind == "real" then
    native:check(false)
  end
  if #made.flags > 0 then
    native:flag(made.flags)
  end
  return native
end

-- Arrays of NumPy as sequences that a model of sequences takes.
local function sequences(path, d, y, notes)
  if not is_numpy(path) then
    errors.raise(nil, "%s: %s is no array of NumPy (.npy), and the model wants sequences", d.kind,
      path)
  end
  local native = readers.npy { train = array_of(path, d, y, notes), vocab = d.vocab, seq = true,
    classes = is_classes(d), per_step = d.per_step or false }
  local info = native:info()
  if info.length > d.length then
    errors.raise(nil, "%s: the samples of %s have %s, the model takes up to %d", d.kind,
      path, counted(info.length, "step"), d.length)
  elseif d.dtype == "real" and info.shape[1] ~= d.shape[2] then
    errors.raise(nil, "%s: the steps of %s have %d numbers, the model wants %d", d.kind, path,
      info.shape[1], d.shape[2])
  end
  if d.dtype ~= "real" or not d.arrays then
    native:check(false)
  end
  return check_targets(d, native, y)
end

local function names_of(d)
  local names = {}
  for i = 1, d.classes do
    names[i] = d.class_names and d.class_names[i] or tostring(i - 1)
  end
  return names
end

-- What is wanted of rows of `width` numbers, behind which the targets stand where they are wanted.
local function columns_of(d, width, labelled)
  local features, targets, base = {}, {}, made_of(d).base or {}
  for i = 1, width do
    features[i] = { column = i, kind = "number", offset = base[i] }
  end
  for i = 1, labelled and (d.classes and 1 or d.targets) or 0 do
    targets[i] = width + i
  end
  local words = d.class_names and not tonumber(d.class_names[1])
  return { features = features, target = targets, target_kind = words and "category" or "number",
    class_names = labelled and d.classes and names_of(d) or nil }
end

local function refuse_columns(d, name, found, width, targets, o)
  local want = o.labelled and ("%d: %d and behind them what is learned"):format(width + targets,
    width) or ("%d (or %d with what is learned behind)"):format(width, width + targets)
  errors.raise(nil, "%s: %s has %d column%s; %s %s", d.kind, name, found, found == 1 and "" or "s",
    #d.shape == 3 and "the model takes pictures (.png, .jpg), or lines of numbers: want" or "want",
    want)
end

-- The rows of a file or of the standard input (path nil), where a picture may have been meant.
local function table_of(path, d)
  local ok, box = errors.try(tables.rows, path, {})
  if not ok and errors.is(box) and not path and #d.shape == 3 then
    errors.raise(nil, "%s: %s; of the standard input lines of numbers are taken, and a picture as "
      .. "--input FILE", d.kind, errors.message(box))
  end
  return ok and box or error(box, 0)
end

-- Rows of numbers; where the first line has words it names the columns.
local function lines_of_numbers(path, d, o)
  local width = 1
  for _, size in ipairs(d.shape) do
    width = width * size
  end
  local flags = made_of(d).flags
  width = width - #flags
  local box, name = table_of(path, d), rows.name(path)
  local found, begin = #box:info().columns, columns_of(d, width, o.labelled)
  local targets = d.classes and 1 or d.targets or 1
  local more = found == width + targets -- what eval takes
  if not more and (o.labelled or found ~= width) then
    refuse_columns(d, name, found, width, targets, o)
  end
  return rows.source({ name = name, box = box, begin = begin,
    also = more and not o.labelled and (targets == 1 and "the last column, the target, is not used"
      or ("the last %d columns, the targets, are not used"):format(targets)) or nil,
    most = o.whole and 2 ^ 31 - 1 or rows.chunk(d.batch, width),
    make = function(native)
      if native and #flags > 0 then
        native:flag(flags)
      end
      return native and native:reshape(d.shape)
    end }, o)
end

local function refuse_keep(path, o)
  if o.keep then
    errors.raise(nil, "--keep names columns of a table, and %s has none", path)
  end
end

local function is_array(path)
  return path and (is_numpy(path) or path:find "ubyte" or path:find "%.idx$")
end

local function is_pictures(path)
  return path and (find.is_picture(path) or file.kind(path) == "dir")
end

local function array(path, d, o, notes)
  refuse_keep(path, o)
  local y = targets_file(path, d, o)
  if d.seq then
    return sequences(path, d, y, notes)
  end
  local native = is_numpy(path) and numpy(path, d, y, notes)
    or readers.idx { train = { path, y }, stream = stored.of {} }
  return check_targets(d, check_shape(d, native, path), y)
end

--- A source (lrrun.data.samples) of arrays of NumPy, IDX (with or without gzip), or lines of
--- numbers separated by commas; for models of images also pictures.
-- path nil: the standard input. o: keep, form, whole (all at once)
function input.rows(path, d, o)
  if is_pictures(path) and #d.shape == 3 then
    return input.images(path, d, o)
  elseif is_pictures(path) then
    errors.raise(nil, "%s: %s is %s, the model wants numbers", d.kind, path,
      find.is_picture(path) and "a picture" or "a folder")
  elseif not d.seq and not is_array(path) then
    return lines_of_numbers(path, d, o)
  end
  local notes = {}
  return samples.whole(rows.name(path), array(path or "-", d, o, notes), notes)
end

-- Bytes of pictures that are in memory at a time.
local PIXELS = 2 ^ 26

--- Pictures: a PNG or JPEG, a folder of them (with folders in it), or arrays as above; resized to
--- the model's.
function input.images(path, d, o)
  if not path or file.kind(path) ~= "dir" and not find.is_picture(path) then
    return input.rows(path, d, o)
  end
  refuse_keep(path, o)
  local folder = file.kind(path) == "dir"
  local names = folder and samples.files(path, find.is_picture) or { path }
  if #names == 0 then
    errors.raise(nil, "the folder %s holds no .png or .jpg", path)
  end
  local c, h, w = table.unpack(d.shape)
  return samples.of_files { name = rows.name(path), path = folder and path or nil, files = names,
    single = not folder, classes = d.classes,
    class_of = o.labelled and d.classes and samples.by_folder(d) or nil,
    most = o.whole and #names or d.batch * math.max(1, PIXELS // (c * h * w * d.batch)),
    make = function(list)
      local box <close> = picture_sets.new()
      for _, name in ipairs(list) do
        box:add_file(name)
      end
      return (box:dataset(picture_fit.model(d.opts, d.shape)))
    end }
end

return input
