--- Folders of pictures: which file belongs to which class and part. Layer: data.
--
-- A class is a folder; folders in it belong to it too. Parts are folders of classes: given by
-- the keys train, val and test, or in one folder by their names. Which classes there are, the
-- training part alone says. What is left out, or taken in another way than one may think, is said.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local parts = require "lrrun.data.parts"
local pictures = require "lrrun.native.images"

local picture_folders = {}

-- Names of folders that are parts, in small letters.
local ROLES = {
  train = "train", training = "train", val = "val", valid = "val", validation = "val",
  dev = "val", test = "test", testing = "test",
}

-- What systems and programs leave in folders, beside names that begin with a dot.
local LITTER = {
  ["thumbs.db"] = true, ["desktop.ini"] = true, ["__macosx"] = true, ["@eadir"] = true,
  ["$recycle.bin"] = true, ["ehthumbs.db"] = true,
}

local DEEPEST, SHOWN = 16, 3

local function is_litter(name)
  return name:sub(1, 1) == "." or LITTER[name:lower()] ~= nil
end

local function base(path)
  return path:match "([^/]+)/*$" or path
end

-- The first names of a list whose true length is n.
local function shown(names, n)
  local out = table.concat(names, ", ", 1, math.min(#names, SHOWN))
  return n > SHOWN and out .. ", ..." or out
end

-- Folders and pictures of a folder, by name in bytewise order.
local function look(value, path)
  local names, why = file.list(path)
  if not names then
    errors.raise(value.where, "%s: %s", value.kind, why)
  end
  local folders, loose = {}, {}
  for _, name in ipairs(names) do
    local kind = not is_litter(name) and file.kind(find.join(path, name))
    if kind == "dir" then
      folders[#folders + 1] = name
    elseif kind and pictures.is_name(name) then
      loose[#loose + 1] = name
    end
  end
  return folders, loose
end

-- Why folders of classes are not found, and where they may be.
local function no_classes(value, path, folders, loose)
  local hint = ""
  if #loose > 0 and #folders == 0 then
    hint = (": %s lie in it (%s), and each class wants a folder of its own"):format(
      counted(#loose, "picture"), shown(loose, #loose))
  elseif #folders == 1 then
    local below = look(value, find.join(path, folders[1]))
    hint = #below > 1 and ("; did you mean '%s/%s', which holds %s?"):format(base(path), folders[1],
      shown(below, #below)) or (" (%s)"):format(folders[1])
  end
  errors.raise(value.where, "%s: %s holds %s, want 2 or more%s", value.kind, path,
    counted(#folders, "class folder"), hint)
end

-- Paths of the parts below a folder, by their names; nil where it is one of classes.
local function parts_below(value, path, notes)
  local folders = look(value, path)
  local found, others = {}, {}
  for _, name in ipairs(folders) do
    local role = ROLES[name:lower()]
    if not role then
      others[#others + 1] = name
    elseif found[role] then
      errors.raise(value.where, "%s: %s holds both %s and %s; train = , val = and test = name the "
        .. "folders of the parts", value.kind, path, base(found[role]), name)
    else
      found[role] = find.join(path, name)
    end
  end
  if not found.train or #look(value, found.train) == 0 then
    return nil -- a class may be called so
  end
  local said = {}
  for _, part in ipairs(parts.NAMES) do
    said[#said + 1] = found[part] and part .. " = " .. base(found[part]) or nil
  end
  notes[#notes + 1] = ("%s holds folders of parts: %s; train = \"%s\" takes them for classes")
    :format(base(path), table.concat(said, ", "), base(path))
  if #others > 0 then
    notes[#notes + 1] = ("%s left out beside them: %s"):format(counted(#others, "folder"),
      shown(others, #others))
  end
  return found
end

-- What was met while folders are walked. parts: there are several, which names are to tell.
local function new_tally(has_parts)
  return { parts = has_parts, others = 0, other = {}, nested = 0, within = {} }
end

local function note_name(list, name)
  if #list < SHOWN then
    list[#list + 1] = name
  end
end

-- Pictures of a folder and of those in it, as of one class. seen: real paths above, against
-- links that lead back.
local function add_tree(value, box, at, tally, seen)
  local real = file.real(at.path) or at.path
  if seen[real] then
    return 0
  elseif at.depth > DEEPEST then
    errors.raise(value.where, "%s: %s: folders in folders, more than %d deep", value.kind, at.path,
      DEEPEST)
  end
  seen[real] = true
  local n, others = box:add(at.path, at.label, at.part)
  for _, name in ipairs(others) do
    local path, shows = find.join(at.path, name), find.join(at.shows, name)
    local kind = not is_litter(name) and file.kind(path)
    if kind == "dir" then
      local more = add_tree(value, box, { path = path, shows = shows, label = at.label,
        part = at.part, depth = at.depth + 1 }, tally, seen)
      n, tally.nested = n + more, tally.nested + (at.depth == 1 and more or 0)
      if more > 0 then
        note_name(tally.within, shows)
      end
    elseif kind then
      tally.others = tally.others + 1
      note_name(tally.other, shows)
    end
  end
  seen[real] = nil
  return n
end

local function add_class(value, box, path, label, part, tally)
  local shows = tally.parts and base(path) .. "/" .. label or label
  return add_tree(value, box, { path = find.join(path, label), shows = shows, label = label,
    part = part, depth = 1 }, tally, { [file.real(path) or path] = true })
end

local function add_training(value, box, path, tally)
  local classes, loose = look(value, path)
  if #classes < 2 then
    no_classes(value, path, classes, loose)
  end
  for _, name in ipairs(classes) do
    if add_class(value, box, path, name, "train", tally) == 0 then
      errors.raise(value.where, "%s: the folder %s holds no .png or .jpg%s", value.kind,
        find.join(path, name), tally.others > 0 and (" (but %s)"):format(tally.other[#tally.other])
          or "")
    end
  end
  return classes, loose
end

-- Pictures of classes that training has not: how many, without adding them.
local function count_unknown(value, path, name)
  local box <close> = pictures.new()
  return add_class(value, box, path, name, "train", new_tally())
end

-- A part that is not trained on: of the training classes. Gives how many pictures there are.
local function add_part(value, box, path, part, classes, tally, notes)
  local absent, missing, unknown, lost, n = {}, {}, {}, 0, 0
  for _, name in ipairs(classes) do
    absent[name] = true
  end
  local folders, loose = look(value, path)
  for _, name in ipairs(folders) do
    if absent[name] == nil then
      unknown[#unknown + 1] = name
      lost = lost + count_unknown(value, path, name)
    else
      local added = add_class(value, box, path, name, part, tally)
      n, absent[name] = n + added, added == 0
    end
  end
  for _, name in ipairs(classes) do
    missing[#missing + 1] = absent[name] and name or nil
  end
  if lost > 0 then
    notes[#notes + 1] = ("%s: %s left out, of %s that training has not: %s"):format(part,
      counted(lost, "picture"), counted(#unknown, "class", "classes"), shown(unknown, #unknown))
  end
  if n > 0 and #missing > 0 then
    notes[#notes + 1] = ("%s: no picture of %s"):format(part, shown(missing, #missing))
  end
  return n, loose
end

local function say_loose(loose, path, notes)
  if #loose > 0 then
    notes[#notes + 1] = ("%s left out, beside the class folders of %s: %s"):format(
      counted(#loose, "picture"), base(path), shown(loose, #loose))
  end
end

-- A part that the recipe names has to be one; one that was found by its name may be of pictures
-- without classes.
local function empty_part(value, path, part, is_named, loose, notes)
  local why = ("%s holds no picture of a class of the training part%s"):format(path, #loose > 0
    and (", but %s without one (%s)"):format(counted(#loose, "picture"), shown(loose, #loose))
      or "")
  if is_named then
    errors.raise(value.where, "%s: '%s': %s", value.kind, part, why)
  end
  notes[#notes + 1] = ("%s is left out: %s; lrrun predict RUN --input reads it"):format(part, why)
end

local function say_tally(tally, notes)
  if tally.nested > 0 then
    notes[#notes + 1] = ("%s in folders inside class folders count as of these: %s"):format(
      counted(tally.nested, "picture"), shown(tally.within, #tally.within))
  end
  if tally.others > 0 then
    notes[#notes + 1] = ("%s in class folders left out, as neither .png nor .jpg: %s"):format(
      counted(tally.others, "file"), shown(tally.other, tally.others))
  end
end

--- Puts all pictures of a data.images into box, the classes of its training part first.
---@param value table the constructor's value
---@param ctx table
---@param box userdata native images
---@param notes string[] gets what is to be said
function picture_folders.add(value, ctx, box, notes)
  local function need(v, c, name)
    return find.need(v, c, name, "dir")
  end
  local paths = parts.paths(value, ctx, "folder", need)
  local named = { val = paths.val ~= nil, test = paths.test ~= nil }
  if value.opts.folder and not paths.val and not paths.test then
    paths = parts_below(value, paths.train, notes) or paths
  end
  local tally = new_tally(paths.val ~= nil or paths.test ~= nil)
  local classes, loose = add_training(value, box, paths.train, tally)
  say_loose(loose, paths.train, notes)
  for _, part in ipairs { "val", "test" } do
    local path = paths[part]
    if path then
      local n, beside = add_part(value, box, path, part, classes, tally, notes)
      if n == 0 then
        empty_part(value, path, part, named[part], beside, notes)
      else
        say_loose(beside, path, notes)
      end
    end
  end
  say_tally(tally, notes)
end

return picture_folders
