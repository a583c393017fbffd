--- Which folders a run's record opens. What it says of places may come from a stranger, so it
--- counts only where this user said it, or where it gives no more than running the recipe would.
--
-- A record that this user's lrrun wrote ends with a mark: an HMAC (RFC 2104, SHA-256) over its
-- text with a key that is kept in the user's state folder, XDG_STATE_HOME/lrrun/key or
-- ~/.local/state/lrrun/key, and never leaves it. Places of a marked record are open, as they
-- were on the command line then. Of one without the mark (a stranger's, or of a version
-- before) only a recipe folder is, and only where the recipe itself still stands in it, byte
-- for byte: whoever runs it there opens that folder too. Layer: runs.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local record = require "lrrun.native.record"
local sys = require "lrrun.native.sys"

local own = {}

local BLOCK, RECIPE = 64, 1024 * 1024 -- bytes of a block of SHA-256; of a recipe

local key -- the user's, once `begin` found it
local made = {} -- folders that this process made

local function place()
  local state = sys.env "XDG_STATE_HOME"
  if not state or state:sub(1, 1) ~= "/" then
    local home = sys.env "HOME"
    if not home or home:sub(1, 1) ~= "/" then
      return nil
    end
    state = home .. "/.local/state"
  end
  return state .. "/lrrun"
end

--- Reads the user's key; with `make` it is made where there is none. Without a home there is no
--- key, and nothing is marked. Call it before the process is locked. Gives what is wrong with a
--- key that is there and is none.
---@param make boolean?
---@return string?
function own.begin(make)
  local folder = not key and place()
  if not folder then
    return nil
  elseif make and not file.kind(folder) then
    pcall(next_folder.make, folder)
  end
  local found, why = file.secret(folder .. "/key", make)
  key = found or nil
  return file.kind(folder .. "/key") and why or nil
end

local function bytes(hex)
  return (hex:gsub("..", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

local function pad(with)
  local out = {}
  for i = 1, BLOCK do
    out[i] = string.char((key:byte(i) or 0) ~ with)
  end
  return table.concat(out)
end

local function hmac(text)
  local inner = record.sha256():add(pad(0x36)):add(text):hex()
  return record.sha256():add(pad(0x5c)):add(bytes(inner)):hex()
end

local BEFORE = "own: "
local LENGTH = #BEFORE + 64 + 1

--- The text of a record with this user's mark as its last line; as it is where there is no key.
---@param text string YAML of a map
---@return string
function own.mark(text)
  return key and text .. BEFORE .. hmac(text) .. "\n" or text
end

--- A text without its mark, and whether that is this user's.
---@param text string
---@return string, boolean
function own.split(text)
  local at = #text - LENGTH
  if at < 1 or text:sub(at, at) ~= "\n" or text:sub(at + 1, at + #BEFORE) ~= BEFORE then
    return text, false
  end
  local body = text:sub(1, at)
  return body, key ~= nil and text:sub(at + #BEFORE + 1, -2) == hmac(body)
end

--- This process made the folder: its record is this user's.
---@param folder string
function own.note(folder)
  made[file.real(folder) or folder] = true
end

--- Whether this process made it.
function own.made(folder)
  return made[file.real(folder) or folder] == true
end

local function is_below(path, folders)
  for _, folder in ipairs(folders or {}) do
    local home = file.real(folder)
    local above = home and (home == "/" and "/" or home .. "/")
    if home and (path == home or path:sub(1, #above) == above) then
      return true
    end
  end
  return false
end

-- Whether the recipe still stands in its folder as the record's own copy has it.
local function stands_there(folder, name, text)
  local base = name and name:match "([^/]+)$"
  return base ~= nil and text ~= nil and file.kind(folder .. "/" .. base) == "file"
    and file.read(folder .. "/" .. base, RECIPE) == text
end

--- The places of a record that are open: { recipe_dir, data_dir, closed = list of those that
--- are not }. Where the recipe's folder is not, the record's own is in its place.
---@param kept { recipe_dir: string?, data_dir: string?, recipe: string?, folder: string }
---@param is_own boolean
---@param allowed string[]? what the user's flags open
function own.places(kept, is_own, allowed)
  local out = { recipe_dir = kept.folder, closed = {} }
  for _, name in ipairs { "recipe_dir", "data_dir" } do
    local folder = kept[name]
    local real = folder and file.kind(folder) == "dir" and file.real(folder)
    if real and (is_own or is_below(real, allowed) or name == "recipe_dir"
      and stands_there(real, kept.recipe, file.read(kept.folder .. "/recipe.lua", RECIPE))) then
      out[name] = real
    elseif folder and folder ~= out.closed[1] then
      table.insert(out.closed, folder)
    end
  end
  return out
end

return own
