--- Files that their user trusts (`lrrun trust FILE`): they run as under --sandbox=off, as long
--- as they are what they were then.
--
-- Kept in $XDG_STATE_HOME/lrrun/trusted or ~/.local/state/lrrun/trusted, a line for each file:
-- the SHA-256 of what stood in it, two spaces, its path (what sha256sum writes and checks).
-- Both have to fit: a copy in another place is another file. Layer: sandbox.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local record = require "lrrun.native.record"
local sys = require "lrrun.native.sys"

local trust = {}

-- Of a file's text, and of the list.
local LARGEST, LONGEST = 1024 * 1024, 16 * 1024 * 1024

local function state_folder()
  local state, home = sys.env "XDG_STATE_HOME", sys.env "HOME"
  if state and state:sub(1, 1) == "/" then -- the standard has relative ones ignored
    return state
  end
  return home and home:sub(1, 1) == "/" and home .. "/.local/state" or nil
end

--- Where the list is, or nil where neither XDG_STATE_HOME nor HOME says.
---@return string?
function trust.path()
  local state = state_folder()
  return state and state .. "/lrrun/trusted"
end

local function digest_of(text)
  return record.sha256():add(text):hex()
end

--- The files on the list, in order: { path, sha256 }; and how many lines are no entries, which
--- trust nothing.
---@return { path: string, sha256: string }[], integer
function trust.list()
  local path, list, wrong = trust.path(), {}, 0
  if not path or file.kind(path) ~= "file" then
    return list, wrong
  end
  local text, why = file.read(path, LONGEST)
  for line in (text or error(why, 0)):gmatch "[^\n]+" do
    local sha256, named = line:match "^(%x+)  (/.*)$"
    if sha256 and #sha256 == 64 then
      list[#list + 1] = { path = named, sha256 = sha256:lower() }
    else
      wrong = wrong + 1
    end
  end
  return list, wrong
end

local function write(list)
  local path, lines = trust.path(), {}
  local folder = path:match "^(.*)/[^/]*$"
  for at in (folder .. "/"):gmatch "()/" do
    local ok, err = errors.try(at > 1 and file.mkdir or type, folder:sub(1, at - 1))
    if not ok then
      errors.raise(nil, "trust: %s; XDG_STATE_HOME (without it HOME) says where the list is kept",
        errors.message(err))
    end
  end
  table.sort(list, function(a, b)
    return a.path < b.path
  end)
  for i, item in ipairs(list) do
    lines[i] = item.sha256 .. "  " .. item.path .. "\n"
  end
  file.write(path, table.concat(lines))
end

local function real_of(path)
  local real = file.real(path)
  if real and real:find "\n" then
    errors.raise(nil, "trust: the path has a line break: %s", errors.show(real))
  end
  return real
end

-- The list without `real`; whether it was there.
local function without(real)
  local rest, was = {}, false
  for _, item in ipairs(trust.list()) do
    if item.path == real then
      was = true
    else
      rest[#rest + 1] = item
    end
  end
  return rest, was
end

--- Trusts the file at `path` as it is now; gives its entry.
---@param path string
---@return { path: string, sha256: string }
function trust.add(path)
  if not trust.path() then
    errors.raise(nil, "trust: neither XDG_STATE_HOME nor HOME says where to keep the list")
  end
  local text, why = file.read(path, LARGEST)
  local entry = { path = real_of(path), sha256 = digest_of(text or error(why, 0)) }
  local list = without(entry.path)
  list[#list + 1] = entry
  write(list)
  return entry
end

--- Takes a file off the list, also one that is gone; false where it was not on it.
---@param path string
---@return boolean
function trust.remove(path)
  local real = real_of(path) or path
  local rest, was = without(real)
  if was then
    write(rest)
  end
  return was
end

--- What the list says of the file at `path` with this text: "trusted", "changed" since it was,
--- or nil.
---@param path string
---@param text string
---@return "trusted"|"changed"|nil
function trust.of(path, text)
  local list = trust.list()
  local real = list[1] and file.real(path)
  for _, item in ipairs(list) do
    if item.path == real then
      return item.sha256 == digest_of(text) and "trusted" or "changed"
    end
  end
  return nil
end

return trust
