--- Drafts for arrays of NumPy: an archive, a file of samples with one of their answers beside it,
--- or a folder of such. Layer: draft.

local code = require "lrrun.draft.code"
local counted = require "lrrun.util.counted"
local data = require "lrrun.data"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local outputs = require "lrrun.draft.outputs"
local pictures = require "lrrun.draft.pictures"
local sizes = require "lrrun.draft.sizes"
local usual = require "lrrun.data.usual_names"

local arrays = {}

local LEAST_SIDE = 8 -- of pictures that convolutions are for
local KEYS = { "x", "y", "val_x", "val_y", "test_x", "test_y" }

-- Names of a folder's arrays, without their ending.
local function names_in(path)
  local has = {}
  for _, name in ipairs(file.list(path) or {}) do
    local stem = name:match "^(.+)%.npy$"
    if stem and file.kind(path .. "/" .. name) == "file" then
      has[stem] = true
    end
  end
  return has
end

-- Keys of data.npy for the arrays of a folder, by usual names; nil where none are samples and
-- answers. before: what stands before their names.
local function pairs_in(path, before)
  local has, keys = names_in(path), {}
  for _, part in ipairs { "train", "val", "test" } do
    local prefix = part == "train" and "" or part .. "_"
    local x, y = usual(has, part, "x", part == "train"), usual(has, part, "y", part == "train")
    if x and y then
      keys[prefix .. "x"], keys[prefix .. "y"] = before .. x .. ".npy", before .. y .. ".npy"
    end
  end
  return keys.x and keys or nil
end

--- Whether a folder holds samples and answers as arrays.
---@param path string
---@return boolean
function arrays.are_in(path)
  return pairs_in(path, "") ~= nil
end

-- The keys for one file: an archive, or samples or answers with the others beside it.
local function keys_of_file(subject)
  if subject.name:lower():find "%.npz$" then
    return { x = subject.name }
  end
  local folder, before = subject.path:match "^(.*)/[^/]*$", subject.name:match "^(.*/)[^/]*$" or ""
  local keys = pairs_in(folder, before)
  if not keys or subject.name ~= keys.x and subject.name ~= keys.y then
    errors.raise(nil, "it is an array alone: samples want answers beside them, as x.npy and y.npy "
      .. "or x_train.npy and y_train.npy, or an archive (.npz) of both; data.npy { %s, \"...\" } "
      .. "names any other in a recipe (lrrun help data.npy)", code.text(subject.name))
  end
  return keys
end

local function model(d, size)
  local shape = d.shape
  if d.seq then
    return { "  -- Reads the steps of a sample in their order; wider sees more.",
      "  model = nn.sequential {", ("    nn.gru { 32%s },"):format(
        d.per_step and ", sequences = true" or ""), outputs.last(d), "  }," }
  elseif #shape == 3 and math.min(shape[2], shape[3]) >= LEAST_SIDE then
    return pictures.model(math.min(shape[2], shape[3]), d)
  end
  local lines = outputs.dense(size.hidden, d)
  if #shape > 1 then
    table.insert(lines, 3, "    nn.flatten(),")
  end
  return lines
end

-- The lines of data = data.npy { ... }.
local function data_lines(subject, keys, size, val)
  local out = { "  data = data.npy {" }
  for i, key in ipairs(KEYS) do
    if keys[key] then
      out[#out + 1] = ("    %s = %s,%s"):format(key, code.text(keys[key]), i > 1 and ""
        or " -- samples, beside this file" .. (subject.folder and ", or in the folder of --data"
          or ""))
    end
  end
  out[#out + 1] = ("    batch = %d, -- samples in an update"):format(size.batch)
  if val then
    out[#out + 1] = ("    val = %s, -- share of the samples that is not trained on, and tells how "
      .. "good it is"):format(code.value(val))
  end
  out[#out + 1] = "  },"
  return out
end

local function open(subject, keys, more)
  local given = {}
  for _, from in ipairs { keys, more } do
    for key, value in pairs(from) do
      given[key] = value
    end
  end
  return data.npy(given):open { seed = 1, recipe_dir = subject.root }
end

-- What is learnt, in words.
local function answers(d)
  return d.classes and code.count(d.classes, "class") or counted(d.targets, "number")
end

--- The draft for a file or a folder of arrays.
---@param subject table
---@return table
function arrays.draft(subject)
  local keys = file.kind(subject.path) == "dir" and pairs_in(subject.path, subject.name .. "/")
    or keys_of_file(subject)
  local d = open(subject, keys, {})
  if d.lacks then
    errors.raise(nil, "%s", d.lacks)
  end
  local size = sizes.of(d.n)
  local val = d.splits.val == 0 and size.val or nil
  d = open(subject, keys, { val = val, batch = size.batch })
  local shape = table.concat(d.shape, " x ")
  return { data = data_lines(subject, keys, size, val), model = model(d, size),
    loss = outputs.loss(d), metrics = outputs.metrics(d), lr = "3e-3", epochs = size.epochs,
    patience = d.splits.val > 0 and size.patience or nil,
    about = ("%s has %s of shape %s. Learnt: %s."):format(code.name(subject.name),
      counted(d.n, "sample"), shape, answers(d)),
    said = { ("arrays: %s of shape %s, %s; x and y in the recipe name others"):format(
      counted(d.n, "sample"), shape, answers(d)) },
    facts = { kind = "arrays", samples = d.n, classes = d.classes, batch = size.batch,
      epochs = size.epochs } }
end

return arrays
