--- Files and folders of tests. All are in a folder of this module, which is gone once the process
-- is over, or once nothing has the module any more (busted forgets those that a file of specs
-- took). Nothing else asks os.tmpname: a name that it made is a file that stays.

local temporary = {}

local homes = setmetatable({}, { __gc = function(list)
  for _, path in pairs(list) do
    os.execute("rm -rf " .. path)
  end
end })
local count = 0

-- Makes a folder in memory, where a GiB is left there (some containers have 64 MiB); says whether.
local MAKE = "[ $(df -Pk /dev/shm 2>/dev/null | awk 'END { print int($4) }') -gt 1048576 ] "
  .. "&& mkdir %s 2>/dev/null"

-- The folder that all are in: "tmp", or "shm" where there is memory that is one.
local function home(kind)
  if not homes[kind] then
    local path = os.tmpname()
    os.remove(path)
    local memory = "/dev/shm/" .. path:match "[^/]+$"
    local in_memory = kind == "shm" and os.execute(MAKE:format(memory))
    homes[kind] = in_memory and memory or path
    assert(in_memory or os.execute("mkdir " .. path))
  end
  return homes[kind]
end

local function name(kind)
  count = count + 1
  return home(kind) .. "/" .. count
end

--- The name of a file that is not there.
---@return string
function temporary.file()
  return name "tmp"
end

--- An empty folder; in memory (nothing there waits for a disk) where that is asked and can be.
---@param in_memory boolean?
---@return string
function temporary.folder(in_memory)
  local path = name(in_memory and "shm" or "tmp")
  assert(os.execute("mkdir " .. path))
  return path
end

return temporary
