-- What tests leave behind: nothing.
local program = require "support.program"

local SCRIPT = [[
package.path = "tests/?.lua;" .. package.path
local files = require "support.files"
local runs = require "support.runs"
local temporary = require "support.temporary"
local paths = { files.folder(), runs.folder(), temporary.folder(), temporary.file() }
for i = 1, 3 do
  assert(os.execute("mkdir " .. paths[i] .. "/a && touch " .. paths[i] .. "/a/b"))
end
assert(os.execute("touch " .. paths[4]))
print(table.concat(paths, " "))
%s
]]

describe("Tests' files", function()
  for _, ending in ipairs { "", "os.exit(0, true)", "error 'it failed'" } do
    it("are gone at the end" .. (ending == "" and "" or ", that of " .. ending), function()
      local path = program.folder(finally) .. "/script.lua"
      program.write(path, SCRIPT:format(ending))
      local _, out, err = program.run("--trusted " .. path)
      local count = 0
      for made in out:gmatch "%S+" do
        count = count + 1
        assert.is_nil((os.execute("test -e " .. made .. " -o -e " .. made:match "^(.*)/%d+$")),
          made)
      end
      assert.equal(4, count, err)
    end)
  end

  it("have names of support/temporary.lua alone", function()
    local pipe <close> = assert(io.popen "grep -rlw --include='*.lua' 'os[.]tmpname' tests | sort")
    assert.equal("tests/support/temporary.lua\n", pipe:read "a")
  end)
end)
