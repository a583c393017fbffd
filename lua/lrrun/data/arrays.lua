--- data.npy, data.images and data.table: arrays on disk, folders of images, Lua tables.
--- Layer: data.

local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local input = require "lrrun.data.input"
local pictures = require "lrrun.native.images"
local readers = require "lrrun.native.readers"

local arrays = {}

local TASK = { "task", "string", choices = { "classification", "regression" },
  doc = "default: classification where the targets are whole numbers in one column" }

local function is_classes(task)
  if task == nil then
    return nil
  end
  return task == "classification"
end

arrays.npy = common.constructor {
  name = "data.npy",
  doc = "NumPy arrays: x with a row for each sample, y with its class or targets.",
  positional = { "x", "y" },
  keys = {
    { "x", "string", required = true, doc = "file of samples (n, ...)" },
    { "y", "string", doc = "file of classes (n) or targets (n, k)" },
    { "val_x", "string", doc = "samples of the validation split" },
    { "val_y", "string", doc = "their classes or targets" },
    { "test_x", "string", doc = "samples of the test split" },
    { "test_y", "string", doc = "their classes or targets" },
    TASK,
  },
  normalize = true,
  images = true,
  check = function(o, fail)
    for _, part in ipairs { "val_", "test_" } do
      if o[part .. "y"] and not o[part .. "x"] then
        fail(part .. "y", "is given without '%sx'", part)
      elseif o[part .. "x"] and (o.y == nil) ~= (o[part .. "y"] == nil) then
        fail(part .. "x", "wants a '%sy' just as 'x' has a 'y'", part)
      end
    end
  end,
  native = function(self, ctx)
    local o = self.opts
    local function pair(x, y)
      return x and { find.need(self, ctx, x), y and find.need(self, ctx, y) } or nil
    end
    return readers.npy {
      train = pair(o.x, o.y), val = pair(o.val_x, o.val_y), test = pair(o.test_x, o.test_y),
      classes = is_classes(o.task),
    }
  end,
  input = input.rows,
}

-- Folders of classes below `path` into `box`.
local function add_classes(value, box, path, part)
  for _, name in ipairs(find.classes(value, path)) do
    box:add(find.join(path, name), name, part)
  end
end

arrays.images = common.constructor {
  name = "data.images",
  doc = "PNG and JPEG files in a folder for each class, or in train, val and test folders of "
    .. "such.",
  positional = { "folder" },
  keys = {
    { "folder", "string", required = true, doc = "beside the recipe or in the data folder" },
    { "channels", "integer", min = 1, max = 3, default = 3, doc = "3: colour, 1: grey" },
    { "size", "list", of = "integer", min = 1, max = 16384,
      doc = "height and width that all are resized to; without it they have one size" },
  },
  normalize = true,
  images = true,
  check = function(o, fail)
    if o.channels == 2 then
      fail("channels", "is 2, want 1 or 3")
    elseif o.size and #o.size ~= 2 then
      fail("size", "has %d numbers, want {height, width}", #o.size)
    end
  end,
  native = function(self, ctx)
    local o = self.opts
    local path = find.need(self, ctx, o.folder, "dir")
    local box <close> = pictures.new()
    if file.kind(find.join(path, "train")) == "dir" then
      for _, part in ipairs { "train", "val", "test" } do
        local below = find.join(path, part)
        if file.kind(below) == "dir" then
          add_classes(self, box, below, part)
        end
      end
    else
      add_classes(self, box, path, "train")
    end
    local size = o.size or { 0, 0 }
    return box:dataset { channels = o.channels, height = size[1], width = size[2] }
  end,
  input = input.images,
}

-- Texts as labels: their classes in bytewise order, counted from 0.
local function classes_of(labels)
  local id, names = {}, {}
  for _, label in ipairs(labels) do
    if not id[label] then
      id[label] = true
      names[#names + 1] = label
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    id[name] = i - 1
  end
  local out = {}
  for i, label in ipairs(labels) do
    out[i] = id[label]
  end
  return out, #names, names
end

-- The classes that numbers mean: 0 to the largest; nil where they are no classes.
local function count_classes(y)
  local most = -1
  for _, v in ipairs(y) do
    local whole = math.tointeger(v)
    if not whole or whole < 0 then
      return nil
    end
    most = math.max(most, whole)
  end
  return most + 1
end

local function targets_of(value)
  local o = value.opts
  local y = o.y
  if y == nil then
    return { classes = 0, targets = 0 }
  elseif #y ~= #o.x then
    errors.raise(value.where, "data.table: 'y' has %d items, 'x' has %d rows", #y, #o.x)
  elseif type(y[1]) == "string" then
    local ids, n, names = classes_of(y)
    return { y = ids, classes = n, targets = 0, names = names }
  end
  local classes = o.task ~= "regression" and type(y[1]) == "number" and count_classes(y)
  if o.task == "classification" and not classes then
    errors.raise(value.where, "data.table: 'y' holds what is no class: want strings or whole "
      .. "numbers from 0")
  elseif classes then
    return { y = y, classes = classes, targets = 0 }
  end
  return { y = y, classes = 0, targets = type(y[1]) == "table" and #y[1] or 1 }
end

arrays.table = common.constructor {
  name = "data.table",
  doc = "Samples from Lua tables: x has a list of numbers for each, y a class or targets.",
  positional = { "x", "y" },
  keys = {
    { "x", "list", required = true, doc = "rows: lists of numbers, all as long" },
    { "y", "list", doc = "a class (a string, or a whole number from 0), a number, or a list of "
      .. "numbers for each row" },
    { "shape", "list", of = "integer", min = 1, doc = "sizes of a sample: {1, 8, 8}" },
    TASK,
  },
  normalize = true,
  images = true,
  check = function(o, fail)
    if #o.x == 0 then
      fail("x", "has no row")
    elseif o.shape and (#o.shape == 0 or #o.shape > 4) then
      fail("shape", "has %d sizes, want 1 to 4", #o.shape)
    end
  end,
  native = function(self)
    local o = self.opts
    local y = targets_of(self)
    local native = readers.rows {
      x = o.x, y = y.y, classes = y.classes, targets = y.targets,
      shape = o.shape or { type(o.x[1]) == "table" and #o.x[1] or 1 },
    }
    if y.names then
      native:name_classes(y.names)
    end
    return native
  end,
  input = input.rows,
}

return arrays
