--- The first recipe for somebody's data: what is there decides what it is a draft of, and is tried
--- as the recipe would read it before anything is written.
--
-- A subject is { given = its path as it was given, path = the whole one of the file or folder,
-- root = the folder that the recipe finds it in, name = of it below that, folder = where that is
-- not the recipe's own }. What drafts give is parts of page.lua, with said = lines for who runs it,
-- and facts = a table for --json.
-- Layer: draft.

local arrays = require "lrrun.draft.arrays"
local digits = require "lrrun.draft.digits"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local images = require "lrrun.native.images"
local known = require "lrrun.draft.known"
local page = require "lrrun.draft.page"

local draft = {}

-- Endings of files that are tables, and of texts.
local TABLES = { csv = true, tsv = true, tab = true, dat = true, data = true }
local TEXTS = { txt = true, text = true, md = true }
local ARRAYS = { npy = true, npz = true }
local PARTS = { train = "train", val = "val", valid = "val", validation = "val", test = "test" }

local MOST_FILES = 200 -- of a folder that are looked at

local function ending_of(path)
  return (path:gsub("%.gz$", ""):match "%.([%w_]+)$" or ""):lower()
end

local function names_in(path, kind)
  local out = {}
  for _, name in ipairs(file.list(path) or {}) do
    if name:sub(1, 1) ~= "." and file.kind(path .. "/" .. name) == kind then
      out[#out + 1] = name
    end
  end
  return out
end

-- Some files of a folder and of those in it, and how many bytes they have, by what they are.
local function look(path, found, depth)
  for i, name in ipairs(names_in(path, "file")) do
    local at = path .. "/" .. name
    if i > MOST_FILES then
      break
    elseif images.is_name(name) then
      found.pictures[#found.pictures + 1] = at
    elseif TEXTS[ending_of(name)] then
      local from <close> = file.open(at)
      found.texts, found.bytes = found.texts + 1, found.bytes + from:size()
    end
  end
  for _, name in ipairs(depth < 3 and names_in(path, "dir") or {}) do
    look(path .. "/" .. name, found, depth + 1)
  end
  return found
end

-- Some of the pictures from all over the list.
local function spread(paths, most)
  local out, every = {}, math.max(1, #paths // most)
  for i = 1, #paths, every do
    out[#out + 1] = paths[i]
  end
  return out
end

-- One of the tables of a folder, for a message.
local function table_in(subject)
  for _, name in ipairs(names_in(subject.path, "file")) do
    if TABLES[ending_of(name)] then
      return (", as %s/%s"):format(subject.given:gsub("/+$", ""), name)
    end
  end
  return ""
end

local function of_folder(subject)
  local set = known.name(subject.path)
  if set and set ~= "imdb" then
    return known.draft(subject, set)
  end
  local folders = names_in(subject.path, "dir")
  local found = look(subject.path, { pictures = {}, texts = 0, bytes = 0 }, 1)
  local roles = {}
  for _, name in ipairs(folders) do
    roles[PARTS[name:lower()] or ""] = true
  end
  local has_val = roles.train and roles.val or false
  if #found.pictures > found.texts then
    local pictures = require "lrrun.draft.pictures"
    return pictures.draft(subject, spread(found.pictures, pictures.LOOKED_AT), has_val)
  elseif found.texts == 0 and arrays.are_in(subject.path) then
    return arrays.draft(subject)
  elseif found.texts == 0 then
    errors.raise(nil, "it holds neither pictures (.png, .jpg), texts (.txt), arrays (x.npy and "
      .. "y.npy) nor the files of CIFAR-10 (binary) or MNIST; taken is a table%s, an archive "
      .. "(.npz), a text, a folder of texts or arrays, or a folder with a folder of pictures or "
      .. "texts for each class", table_in(subject))
  end
  local texts = require "lrrun.draft.texts"
  if #folders > 1 then
    return texts.of_folder(subject, has_val, set)
  end
  return texts.of_language(subject, found.bytes, found.texts)
end

local function of_file(subject, keys)
  local ending = ending_of(subject.path)
  if TEXTS[ending] then
    local from <close> = file.open(subject.path)
    return require("lrrun.draft.texts").of_language(subject, from:size(), 1)
  elseif ARRAYS[ending] then
    return arrays.draft(subject)
  elseif images.is_name(subject.path) then
    errors.raise(nil, "it is one picture; what is taken is a folder with a folder of pictures for "
      .. "each class")
  end
  return require("lrrun.draft.tables").draft(subject, keys)
end

--- Whether --set gives keys that the draft for this path takes: those of data.csv.
---@param path string
---@return boolean
function draft.is_table(path)
  local ending = ending_of(path)
  return file.kind(path) == "file" and (TABLES[ending] or not (TEXTS[ending] or ARRAYS[ending]))
end

--- What is read for a draft: a file, or the folder of one that has others beside it.
---@param path string
---@return string
function draft.reads(path)
  return ARRAYS[ending_of(path)] and path:match "^(.*)/[^/]*$" or path
end

--- The parts of the draft for a subject; nil: for digits, which are part of the program.
---@param subject table?
---@param keys table of data.csv
---@return table
function draft.of(subject, keys)
  if not subject then
    return digits()
  end
  return file.kind(subject.path) == "dir" and of_folder(subject) or of_file(subject, keys)
end

--- The recipe's text.
---@param parts table with name and commands
---@return string
function draft.text(parts)
  return page(parts)
end

return draft
