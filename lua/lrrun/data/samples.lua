--- Samples of an input file in their order, some at a time, for a model that is trained.
--- Layer: data.
--
-- What dataset.samples gives is a source:
--   name      of the file, for messages
--   next()    the next chunk, or nil: { n, native (data set of them, nil where there is none),
--             why(i) -> why sample i has no answer, or nil; and either rows (native rows: what is
--             kept of them) or leads (the samples' files or lines; may be empty) and none (of those
--             that are not in the data set, why); of texts with an answer at each token tokens:
--             a list of these for each sample }
--   counts()  what was met, by name; notes(listed), the same in lines; listed: reasons
--             stand elsewhere
--   skipped() how many samples had no answer
--   lead      what leads are called: "file"; single, where it is one file that was named
--   kept      of rows: names, separator and quote of the columns that are kept
--   close()
-- A source that reads what can be as long as it likes keeps no more than a chunk.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local limits = require "lrrun.native.limits"

local samples = {}

local function nothing()
  return {}
end

local function zero()
  return 0
end

--- All samples at once, of a reader that knows no other way.
---@param name string
---@param native userdata
---@param notes string[]?
---@param leads string[]? the file of each
---@param tokens string[][]? the texts of each one's steps
function samples.whole(name, native, notes, leads, tokens)
  local n = native:info().n
  return {
    name = name, counts = nothing, skipped = zero, close = function() end,
    next = function()
      if not native then
        return nil
      end
      local chunk = { n = n, native = native, leads = leads, none = {}, tokens = tokens,
        why = function() end }
      native = nil
      return chunk
    end,
    notes = function()
      return notes or {}
    end,
  }
end

local DEEPEST = 16

-- Names that do not begin with a dot.
local function shown(names)
  local out = {}
  for _, name in ipairs(names) do
    out[#out + 1] = name:sub(1, 1) ~= "." and name or nil
  end
  return out
end

-- Paths below a folder, relative to it, in bytewise order of the whole; `take(name)` says which.
local function walk(path, take, before, out, depth)
  local names, why = file.list(path)
  if not names then
    errors.raise(nil, "%s", why)
  end
  for _, name in ipairs(shown(names)) do
    local whole = find.join(path, name)
    if file.kind(whole) == "dir" then
      if depth == DEEPEST then
        errors.raise(nil, "%s: folders in folders, more than %d deep", path, DEEPEST)
      end
      walk(whole, take, before .. name .. "/", out, depth + 1)
    elseif take(name) then
      out[#out + 1] = before .. name
    else
      out.others = (out.others or 0) + 1
    end
  end
  return out
end

--- The files of a folder and of the folders in it that `take` takes, as paths relative to it,
--- sorted; their `others` counts those that it does not take.
---@param path string
---@param take fun(name: string): boolean?
---@return string[]
function samples.files(path, take)
  local out = walk(path, take, "", {}, 1)
  table.sort(out)
  return out
end

-- What a reader says of training data: of a file to predict for there is no recipe to change.
local RECIPES_KEY = '; broken = "skip" leaves such files out$'

-- f(...) or nil and why it cannot; what ended for want of memory ends all.
local function tried(f, ...)
  local ok, result = errors.try(f, ...)
  if ok then
    return result
  elseif not errors.is(result) or limits.refusal() then
    error(result, 0)
  end
  return nil, (errors.message(result):gsub(RECIPES_KEY, ""))
end

-- What the files of a chunk are: paths that go into its data set with their classes, and why others
-- do not, by place.
local function sort_out(of, leads, seen)
  local list, classes, none, at = {}, {}, {}, {}
  for i, lead in ipairs(leads) do
    local whole = of.path and find.join(of.path, lead) or lead
    local class = of.class_of and of.class_of(lead:find("/", 1, true) and lead
      or whole:match "[^/]*/[^/]*$" or "")
    if of.class_of and not class then
      none[i] = "a class that the training data have not"
      seen.unknown = seen.unknown + 1
      seen.word = seen.word or lead
    else
      list[#list + 1] = whole
      classes[#list], at[#list] = class, i
    end
  end
  return list, classes, none, at
end

local function labelled(of, native, classes)
  if native and of.class_of then
    native:label(of.classes, classes)
  end
  return native
end

-- The data set of a chunk's files; those that are broken are put into `none`.
local function make(of, leads, seen)
  local list, classes, none, at = sort_out(of, leads, seen)
  local native = #list > 0 and tried(of.make, list)
  if native or #list == 0 then
    return labelled(of, native or nil, classes), none
  end
  local good, ids = {}, {}
  for j, path in ipairs(list) do
    local one, why = tried(of.make, { path })
    if one then
      good[#good + 1] = path
      ids[#good] = classes[j]
    else
      none[at[j]] = why
      seen.broken = seen.broken + 1
      seen.first = seen.first or why
    end
  end
  return #good > 0 and labelled(of, of.make(good), ids) or nil, none
end

local function said_of(of, seen, listed)
  local out, n = {}, #of.files
  if seen.broken > 0 then
    out[1] = ("%s: %d of %d files cannot be read and are left out%s"):format(of.name,
      seen.broken, n, listed and "" or ": " .. seen.first)
  end
  if seen.unknown > 0 then
    out[#out + 1] = ("%s: %d of %d files are of classes that the training data have not (%s)")
      :format(of.name, seen.unknown, n, seen.word)
  end
  if of.files.others then
    out[#out + 1] = ("%s: %d file%s of other kinds left out"):format(of.name, of.files.others,
      of.files.others == 1 and "" or "s")
  end
  return out
end

--- A source of files that are a sample each; one that cannot be read has no answer.
-- of: { name, path (the folder, or nil), files, most (of a chunk), make(list of paths) -> native
-- data set, which raises where one of them is broken; for targets class_of(file) -> its
-- class from 0, or nil, and classes, their number }
function samples.of_files(of)
  local at, seen = 1, { broken = 0, unknown = 0 }
  return {
    name = of.name, lead = "file", single = of.single, close = function() end,
    skipped = function()
      return seen.broken + seen.unknown
    end,
    next = function()
      if at > #of.files then
        return nil
      end
      local leads = table.move(of.files, at, math.min(#of.files, at + of.most - 1), 1, {})
      at = at + #leads
      local native, none = make(of, leads, seen)
      return { n = #leads, native = native, leads = leads, none = none,
        why = function(i)
          return none[i]
        end }
    end,
    counts = function()
      return { broken = seen.broken > 0 and seen.broken or nil, others = of.files.others,
        unknown = seen.unknown > 0 and seen.unknown or nil }
    end,
    notes = function(listed)
      return said_of(of, seen, listed)
    end,
  }
end

--- Which class of d a file is in: that of the first folder on its way that has a class's name,
--- as training counts what lies deeper; for of_files.
---@param d table
---@return fun(file: string): integer?
function samples.by_folder(d)
  local ids = {}
  for i = 1, d.classes do
    ids[d.class_names and d.class_names[i] or tostring(i - 1)] = i - 1
  end
  return function(path)
    for folder in path:gmatch "([^/]+)/" do
      if ids[folder] then
        return ids[folder]
      end
    end
    return nil
  end
end

return samples
