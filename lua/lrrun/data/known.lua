--- Data sets known by name: digits (built in), mnist, fashion_mnist, cifar10.
--- Layer: data.

local catalog = require "lrrun.data.catalog"
local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local input = require "lrrun.data.input"
local readers = require "lrrun.native.readers"
local stored = require "lrrun.data.stored"

local known = {}

known.digits = common.constructor {
  name = "data.digits",
  doc = "1,797 handwritten digits of 8 x 8 pixels, 10 classes; built in. A sample is 64 values.",
  source = catalog.digits.terms,
  keys = {
    { "images", "boolean", default = false, doc = "samples of 1 x 8 x 8 instead of 64 values" },
  },
  normalize = true,
  images = true,
  native = function(self)
    return readers.digits(self.opts.images)
  end,
  input = input.rows,
}

-- Where its files are: the set's usual folder, or another.
local function folder_key(set)
  return { "folder", "string", doc = ("the folder with its files, beside the recipe or in the data "
    .. "folder; default: %q"):format(catalog[set].folder) }
end

local IDX_FILES = {
  "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
}

local CLOTHES = {
  "t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
  "ankle boot",
}

local function idx_set(set, names)
  return common.constructor {
    name = "data." .. set,
    doc = catalog[set].title .. "; 10,000 of them are the test split",
    source = catalog[set].terms,
    positional = { "folder" },
    keys = { folder_key(set), stored.KEY },
    check = stored.check,
    normalize = true,
    images = true,
    native = function(self, ctx)
      local p = find.known(self, ctx, set, IDX_FILES)
      local native = readers.idx { train = { p[1], p[2] }, test = { p[3], p[4] },
        stream = stored.of(self.opts) }
      local notes = {}
      stored.say(native, self.opts, notes)
      if names and native:info().classes == #names then
        native:name_classes(names)
      end
      return native, notes
    end,
    input = input.images,
  }
end

known.mnist = idx_set "mnist"
known.fashion_mnist = idx_set("fashion_mnist", CLOTHES)

local OBJECTS = {
  "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
}

-- One that was cut off between two images has no other mark.
local function check_alike(value, files)
  local sizes = {}
  for i, path in ipairs(files) do
    local f <close> = file.open(path)
    sizes[i] = f:size()
    if sizes[i] ~= sizes[1] then
      errors.raise(value.where, "%s: %s has %d bytes, %s has %d: one of them is not whole",
        value.kind, path:match "[^/]+$", sizes[i], files[1]:match "[^/]+$", sizes[1])
    end
  end
end

known.cifar10 = common.constructor {
  name = "data.cifar10",
  doc = catalog.cifar10.title .. "; 10,000 of them are the test split",
  source = catalog.cifar10.terms,
  positional = { "folder" },
  keys = { folder_key "cifar10", stored.KEY },
  check = stored.check,
  normalize = true,
  images = true,
  native = function(self, ctx)
    local files = find.known(self, ctx, "cifar10", {
      "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
      "data_batch_5.bin", "test_batch.bin",
    })
    local test = table.remove(files)
    check_alike(self, files)
    local native, notes = readers.cifar { classes = 10, train = files, test = { test },
      stream = stored.of(self.opts) }, {}
    native:name_classes(OBJECTS)
    stored.say(native, self.opts, notes)
    return native, notes
  end,
  input = input.images,
}

return known
