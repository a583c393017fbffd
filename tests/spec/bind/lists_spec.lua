-- Lists that native functions read twice, once to check them: what their metamethods say is not
-- asked, so that the second answer is the first.

local files = require "support.files"
local native = require "lrrun.native.optim"
local process = require "lrrun.native.process"
local tensor = require "lrrun.native.tensor"

local CFG = { name = "sgd", groups = { { lr = 1 } }, group_of = { 1 } }

local function refused(text, f, ...)
  assert.matches(text, files.failure(f, ...) or "nothing", 1, true)
end

local function filled(n)
  local values = {}
  for i = 1, n do
    values[i] = i
  end
  return tensor.new({ n }, values)
end

describe("a list with metamethods", function()
  it("is as long as it is, whatever __len says", function()
    local huge = setmetatable({}, { __len = function()
      return 1 << 60
    end, __index = function()
      return filled(1)
    end })
    refused("want a group for each tensor", native.bind_tensors, CFG, huge)
    refused("want a program", process.spawn, huge)
  end)

  it("holds what it holds, whatever __index gives", function()
    local n = 0
    local changing = setmetatable({}, { __index = function()
      n = n + 1
      return filled(n % 2 == 0 and 1 or 5000)
    end })
    local o = native.bind_tensors(CFG, { filled(1) })
    refused("want a", o.update, o, changing)
    assert.equal(0, n)
  end)
end)
