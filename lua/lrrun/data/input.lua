--- Files of samples without targets, for a model that is trained: pictures, arrays, rows of
--- numbers. Each returns a native data set of one part. Layer: data.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local picture_fit = require "lrrun.data.picture_fit"
local picture_sets = require "lrrun.native.images"
local readers = require "lrrun.native.readers"
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

-- Arrays of NumPy as sequences that a model of sequences takes.
local function sequences(path, d)
  if not path:find "%.npy$" then
    errors.raise(nil, "%s: %s is no array of NumPy (.npy), and the model wants sequences", d.kind,
      path)
  end
  local native = readers.npy { train = { path }, vocab = d.vocab, seq = true }
  local info = native:info()
  if info.length > d.length then
    errors.raise(nil, "%s: the samples of %s have %d steps, the model takes up to %d", d.kind,
      path, info.length, d.length)
  elseif d.dtype == "real" and info.shape[1] ~= d.shape[2] then
    errors.raise(nil, "%s: the steps of %s have %d numbers, the model wants %d", d.kind, path,
      info.shape[1], d.shape[2])
  end
  native:check(false)
  return native
end

-- Arrays of NumPy, IDX (with or without gzip), or lines of numbers separated by commas; for
-- models of images also pictures.
function input.rows(path, d)
  if d.seq then
    return sequences(path, d)
  end
  local pictures = find.is_picture(path) or file.kind(path) == "dir"
  if pictures and #d.shape == 3 then
    return input.images(path, d)
  elseif pictures then
    errors.raise(nil, "%s: %s is %s, the model wants rows of %d numbers", d.kind, path,
      find.is_picture(path) and "a picture" or "a folder", d.shape[1])
  elseif path:find "%.npy$" then
    return check_shape(d, readers.npy { train = { path } }, path)
  elseif path:find "ubyte" or path:find "%.idx$" then
    return check_shape(d, readers.idx { train = { path } }, path)
  end
  local width = 1
  for _, size in ipairs(d.shape) do
    width = width * size
  end
  local box <close> = tables.csv(path, {})
  local names = #box:info().columns
  if names ~= width then
    errors.raise(nil, "%s: %s has %d columns, want %d", d.kind, path, names, width)
  end
  local features, kinds = {}, {}
  for i = 1, width do
    features[i], kinds[i] = { column = i, kind = "number" }, "number"
  end
  local none = {}
  for i = 1, width do
    none[i] = 0
  end
  box:load(kinds, none)
  return (box:dataset { features = features, target = {}, shape = d.shape })
end

-- Pictures: a PNG or JPEG, a folder of them, or arrays as above; resized to the model's.
function input.images(path, d)
  local picture = find.is_picture(path)
  if file.kind(path) ~= "dir" and not picture then
    return input.rows(path, d)
  end
  local box <close> = picture_sets.new()
  if picture then
    box:add_file(path)
  else
    box:add(path)
  end
  return (box:dataset(picture_fit.model(d.opts, d.shape)))
end

return input
