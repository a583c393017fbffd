-- What reads a file whole has closed it when it comes back: the collector is not waited for, as
-- only so many files may be open at once.
local file = require "lrrun.native.file"
local files = require "support.files"

local function open_now()
  return #assert(file.list "/proc/self/fd")
end

describe("file.read", function()
  it("keeps no file open, whether it takes it or finds it too large", function()
    local path = files.write(files.folder(), "a", "text")
    collectgarbage "stop"
    finally(function()
      collectgarbage "restart"
    end)
    local before = open_now()
    for _ = 1, 5 do
      assert.equal("text", file.read(path))
      assert.is_nil((file.read(path, 2)))
    end
    assert.equal(before, open_now())
  end)
end)
