--- Where data files are: beside the recipe, then in the data folder, there also in the
--- folders that known data sets come in. Layer: data.

local catalog = require "lrrun.data.catalog"
local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local pictures = require "lrrun.native.images"
local sys = require "lrrun.native.sys"

local find = {
  --- Files and folders that data sets of this process were opened from: path -> true.
  used = {},
}

-- Folders of the data folder that are looked into as well.
local KNOWN = {
  "cifar-10-batches-bin", "cifar10", "fashion-mnist", "mnist", "aclImdb", "imdb", "digits",
  "small",
}

local function join(folder, name)
  return folder:sub(-1) == "/" and folder .. name or folder .. "/" .. name
end

local function folders(ctx)
  local list = { ctx.recipe_dir or "." }
  local data = ctx.data_dir or sys.env "LRRUN_DATA"
  if data and data ~= "" then
    list[#list + 1] = data
    for _, name in ipairs(KNOWN) do
      list[#list + 1] = join(data, name)
    end
  end
  return list, data
end

-- Whether a recipe may name this path: one below the folders that it lives in. Landlock closes
-- the others too, but for what the C library needs, /proc among it.
local function is_open(ctx, path)
  local real, request = file.real(path), current.request()
  if request.trusted or not real then
    return true
  end
  local list = folders(ctx)
  list[#list + 1] = request.out_dir
  table.move(request.opens or {}, 1, #(request.opens or {}), #list + 1, list)
  for _, folder in ipairs(list) do
    local open = file.real(folder)
    if open and (real == open or real:sub(1, #open + 1) == join(open, "")) then
      return true
    end
  end
  return false
end

--- The path of `name`, or nil: a file or, with want = "dir", a folder.
---@param ctx {recipe_dir: string?, data_dir: string?}
---@param name string
---@param want string? "file" (default) or "dir"
---@return string?
function find.try(ctx, name, want)
  if name:find("\0", 1, true) then
    return nil -- C would end the name there
  end
  local list = name:sub(1, 1) == "/" and { "" } or folders(ctx)
  for _, folder in ipairs(list) do
    local path = folder == "" and name or join(folder, name)
    if file.kind(path) == (want or "file") and is_open(ctx, path) then
      return path
    end
  end
  return nil
end

-- Packed forms that are not read: say how to unpack them.
local function packed(ctx, name)
  for suffix, tool in pairs { [".xz"] = "xz -d", [".bz2"] = "bunzip2", [".zip"] = "unzip" } do
    local path = find.try(ctx, name .. suffix)
    if path then
      return ("; there is %s: unpack it with '%s'"):format(path, tool)
    end
  end
  return ""
end

-- Folders that the record of a run names: its word alone opens nothing.
local function closed()
  local list = current.request().closed
  if not list or #list == 0 then
    return ""
  end
  return ("; %s, where the run says that its files were, is not open: --data DIR or "
    .. "--allow-read=DIR opens a folder"):format(table.concat(list, " or "))
end

-- A path that `name` may mean, with something there that is closed to recipes: what is asked
-- for, and the flag that grants it; or nil.
local function shut(ctx, name)
  local list = name:sub(1, 1) == "/" and { "" } or folders(ctx)
  for _, folder in ipairs(list) do
    local path = folder == "" and name or join(folder, name)
    if file.kind(path) and not is_open(ctx, path) then
      local real = file.real(path)
      return ("%s is closed to recipes, outside the folders of the recipe, --data and --out; "
        .. "--allow-read=%s opens it"):format(real,
        command.word(file.kind(real) == "dir" and real or real:match "^(.+)/" or "/"))
    end
  end
  return nil
end

-- Whether its folder has such an entry: where nothing else is seen of it, a link to nothing.
local function is_listed(path)
  local folder, last = path:match "^(.-)([^/]*)$"
  for _, name in ipairs(file.list(folder == "" and "." or folder) or {}) do
    if name == last then
      return true
    end
  end
  return false
end

-- What stands where `name` may be and is neither a file nor a folder, with what it is, or nil.
local function odd(ctx, name)
  if name:find("\0", 1, true) then
    return nil
  end
  local list = name:sub(1, 1) == "/" and { "" } or folders(ctx)
  for _, folder in ipairs(list) do
    local path = folder == "" and name or join(folder, name)
    local kind, why = file.kind(path)
    if why then
      return ("%s cannot be looked at: %s"):format(path, why)
    elseif kind == "other" then
      return path .. " is neither a file nor a folder"
    elseif not kind and is_listed(path) then
      return path .. " is a link to what is not there"
    end
  end
  return nil
end

local function sought(ctx)
  local _, data = folders(ctx)
  local where = ("looked in %s"):format(ctx.recipe_dir or ".")
  if data and data ~= "" then
    return where .. (" and in %s and its folders of known data sets"):format(data) .. closed()
  end
  return where .. "; no data folder is set (--data DIR, or LRRUN_DATA)" .. closed()
end

local function why_not(ctx, name)
  return shut(ctx, name) or odd(ctx, name) or name:sub(1, 1) == "/" and "nothing is there"
    or sought(ctx)
end

local MOST_NAMES = 1000

-- What is there under the name as the other kind, or has nearly its name; "" for neither.
local function near(ctx, name, want)
  local other = want == "dir" and "file" or "dir"
  if find.try(ctx, name, other) then
    return ("; there is a %s of that name"):format(other == "dir" and "folder" or "file")
  end
  local before, last = name:gsub("(.)/+$", "%1"):match "^(.-)([^/]*)$"
  for _, folder in ipairs(name:sub(1, 1) == "/" and { "" } or folders(ctx)) do
    local at = folder == "" and before or join(folder, before)
    local names = is_open(ctx, at) and file.list(at)
    local hit = names and #names <= MOST_NAMES and errors.nearest(last, names)
    if hit and find.try(ctx, before .. hit, want) then
      return ("; did you mean '%s'?"):format(before .. hit)
    end
  end
  return ""
end

--- The path of `name`, or an error that says where it was looked for.
function find.need(value, ctx, name, want)
  local path = find.try(ctx, name, want)
  if not path then
    errors.raise(value.where, "%s: no %s '%s': %s%s%s", value.kind,
      want == "dir" and "folder" or "file", name,
      why_not(ctx, name), packed(ctx, name), near(ctx, name, want))
  end
  find.used[path] = true
  return path
end

-- Below the data folder; or in it, where --data names the set's own folder.
local function known_file(ctx, folder, name, want)
  local _, data = folders(ctx)
  local own = data and data:match "([^/]+)/*$" == folder and join(data, name)
  return find.try(ctx, join(folder, name), want) or own and file.kind(own) == want and own or nil
end

--- Paths of all `names` of a known data set (files also with .gz), or an error with its
--- address.
function find.known(value, ctx, set, names, want)
  want = want or "file"
  local paths = {}
  for i, name in ipairs(names) do
    local folder = value.opts.folder or catalog[set].folder
    paths[i] = known_file(ctx, folder, name, want)
      or known_file(ctx, folder, name .. ".gz", want)
    if not paths[i] then
      errors.raise(value.where, "%s: '%s/%s' is missing: %s%s; to fetch: %s (lrrun data %s: sizes, "
        .. "checksums, where to put them)",
        value.kind, folder, name, odd(ctx, join(folder, name)) or sought(ctx),
        packed(ctx, join(folder, name)),
        catalog.brief(set), set)
    end
    find.used[paths[i]] = true
  end
  return paths
end

--- Whether a key of a data set's value names the file at `path`, itself or in an archive's place.
---@param value table
---@param ctx {recipe_dir: string?, data_dir: string?}
---@param path string
---@return boolean
function find.names(value, ctx, path)
  local real = file.real(path)
  local function is_it(item)
    if type(item) == "table" then
      for _, each in pairs(item) do
        if is_it(each) then
          return true
        end
      end
    elseif type(item) == "string" then
      local there = find.try(ctx, item) or find.try(ctx, item:match "^(.+):" or item)
      return there ~= nil and file.real(there) == real
    end
    return false
  end
  return real ~= nil and is_it(value.opts)
end

--- Names of the class folders below `path` in bytewise order, or an error where there are fewer
--- than `least` (two).
function find.classes(value, path, least)
  local out, names, why = {}, file.list(path)
  if not names then
    errors.raise(value.where, "%s: %s", value.kind, why)
  end
  for _, name in ipairs(names) do
    if name:sub(1, 1) ~= "." and file.kind(join(path, name)) == "dir" then
      out[#out + 1] = name
    end
  end
  least = least or 2
  if #out < least then
    errors.raise(value.where, "%s: %s holds %d class folder%s, want %d or more", value.kind, path,
      #out, #out == 1 and "" or "s", least)
  end
  return out
end

--- Whether a file is a picture by its name.
find.is_picture = pictures.is_name

find.sought = sought
find.join = join

return find
