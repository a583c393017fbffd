--- Studies of the soak tests, and the tables that they have where nothing disturbs them.

local program = require "support.program"
local runs = require "support.runs"
local studies = require "support.studies"

local undisturbed = {}

--- A new folder with their recipe in it.
function undisturbed.folder()
  local folder = runs.folder()
  program.write(folder .. "/r.lua", studies.recipe "  epochs = 9,\n")
  return folder
end

local tables = {}

--- The table of a search with these flags that was left alone.
---@param flags string
---@return string
function undisturbed.table(flags)
  if not tables[flags] then
    local folder = undisturbed.folder()
    local code, result, err = studies.search(folder, flags)
    assert(code == 0, err)
    tables[flags] = studies.table_of(result)
    os.execute("rm -rf " .. folder)
  end
  return tables[flags]
end

return undisturbed
