--- Drafts for folders that hold a data set known by name, told by the files in it: a recipe then
--- says data.cifar10, and has that set's own classes and test split. Layer: draft.

local catalog = require "lrrun.data.catalog"
local code = require "lrrun.draft.code"
local data = require "lrrun.data"
local file = require "lrrun.native.file"
local outputs = require "lrrun.draft.outputs"
local pictures = require "lrrun.draft.pictures"

local known = {}

local EPOCHS, BATCH, VAL = 8, 64, 0.1

local function has(path, name)
  local at = path .. "/" .. name
  return file.kind(at) == "file" or file.kind(at .. ".gz") == "file"
end

local function last_of(path)
  return path:match "[^/]*$"
end

-- MNIST's kin name their files alike: the folder's name tells which of them it is.
local function idx_of(path)
  return last_of(path):lower():find "fashion" and "fashion_mnist" or "mnist"
end

--- The name of the set whose files a folder has; nil of another folder. One that has some of them
--- is it, too: the set's reader says which are missing.
---@param path string
---@return string?
function known.name(path)
  if has(path, "data_batch_1.bin") or has(path, "test_batch.bin") then
    return "cifar10"
  elseif has(path, "train-images-idx3-ubyte") or has(path, "t10k-images-idx3-ubyte") then
    return idx_of(path)
  elseif last_of(path) == catalog.imdb.folder and file.kind(path .. "/train/pos") == "dir" then
    return "imdb"
  end
  return nil
end

-- The folder's name, where the constructor looks for another.
local function folder_of(subject, set)
  return subject.name ~= catalog[set].folder and subject.name or nil
end

local function data_lines(subject, set, folder)
  local out = { ("  data = data.%s {"):format(set) }
  local where = subject.folder and ", or in the folder of --data" or ""
  if folder then
    out[2] = ("    %s, -- the folder with its files, beside this file%s"):format(code.text(folder),
      where)
  else
    out[2] = ("    -- Its files are in %s, beside this file%s."):format(subject.name, where)
  end
  out[#out + 1] = "    -- augment = { flip = true, crop = 4 }, -- mirrored and shifted at random"
  out[#out + 1] = ("    batch = %d, -- pictures in an update"):format(BATCH)
  out[#out + 1] = ("    val = %g, -- share of the training pictures that tells how good it is")
    :format(VAL)
  out[#out + 1] = "  },"
  return out
end

--- The draft of a set of pictures.
---@param subject table
---@param set string
---@return table
function known.draft(subject, set)
  local folder = folder_of(subject, set)
  local d = data[set] { folder, batch = BATCH, val = VAL }:open { seed = 1,
    recipe_dir = subject.root }
  local what = ("data.%s, %s"):format(set, catalog[set].title)
  return { data = data_lines(subject, set, folder), model = pictures.model(d.shape[2], d),
    loss = outputs.loss(d), metrics = outputs.metrics(d), lr = "3e-3", epochs = EPOCHS,
    about = ("%s is %s%s."):format(code.name(subject.name), what, d.class_names
      and " (" .. code.names(d.class_names, 10) .. ")" or ""),
    said = { ("%s; it has a test part, for lrrun eval RUN --split test"):format(what) },
    facts = { kind = set, samples = d.n, classes = d.classes, batch = BATCH, epochs = EPOCHS } }
end

return known
