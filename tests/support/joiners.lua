--- Processes that join in one study (search --join), and what is done to them.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local process = require "lrrun.native.process"
local program = require "support.program"
local studies = require "support.studies"

local joiners = {}

--- Starts one; `before` is a word for env in front of it (LRRUN_FAULT=...).
---@param folder string of studies.folder
---@param nth integer
---@param flags string
---@param before string?
---@return table
function joiners.start(folder, nth, flags, before)
  local words = { "/usr/bin/env", before or "LC_ALL=C", program.path, "search",
    folder .. "/r.lua", "--out", folder .. "/out", "--json", "--quiet", "--join" }
  for word in flags:gmatch "%S+" do
    words[#words + 1] = word
  end
  local said = ("%s/joiner-%d"):format(folder, nth)
  return { said = said, pid = process.spawn(words, { stdout = said .. ".json",
    stderr = said .. ".err" }) }
end

--- Waits for its end: its exit code, what --json printed (nil for none), stderr.
---@param joiner table
function joiners.wait(joiner)
  local code = studies.wait(joiner.pid)
  local out = file.read(joiner.said .. ".json", 1 << 24)
  return code, out ~= "" and json.decode(out) or nil, file.read(joiner.said .. ".err", 1 << 20)
end

--- All processes of one, its workers last.
---@param joiner table
---@return integer[]
function joiners.processes(joiner)
  local list, at = { joiner.pid }, 1
  while list[at] do
    for _, child in ipairs(program.children(list[at])) do
      list[#list + 1] = child
    end
    at = at + 1
  end
  return list
end

--- Sends a signal to all processes of one.
function joiners.signal(joiner, name)
  os.execute(("kill -%s %s 2>/dev/null"):format(name,
    table.concat(joiners.processes(joiner), " ")))
end

--- How many results of the study there are by now.
---@param folder string
---@return integer
function joiners.results(folder)
  local n = 0
  for _, name in ipairs(file.list(folder .. "/out/r-study/joined") or {}) do
    n = n + (name:find "^%d+%.result%.json$" and 1 or 0)
  end
  return n
end

--- Waits until there are so many.
function joiners.wait_for_results(folder, n)
  return studies.until_true(60, function()
    return joiners.results(folder) >= n
  end)
end

return joiners
