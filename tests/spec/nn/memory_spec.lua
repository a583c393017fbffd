-- Networks that nobody uses any more give back their memory without being asked.
local nn = require "lrrun.nn"
local sys = require "lrrun.native.sys"

describe("A script that builds network after network", function()
  it("does not pile them up", function()
    collectgarbage()
    local before = sys.mem_used()
    for _ = 1, 40 do
      nn.linear(1000):build({ 1000 }, { batch = 1 }) -- 8 MB with its gradients
    end
    assert.is_true(sys.mem_used() - before < 160 * 1024 * 1024)
  end)
end)
