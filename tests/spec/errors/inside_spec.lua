-- What our own checks and Lua's library say when they are called with nothing of the recipe
-- between: no place inside lrrun, no name of its modules.

local program = require "support.program"

local SETUP = [[
local m = nn.sequential { nn.linear(4), nn.linear(3) }:build({ 2 }, { batch = 4 })
local w, closed = tensor.new { 3 }, tensor.new { 3 }
closed:close()
local o = optim.adam { lr = 1 }:bind { w = w }
]]

-- what is called -> what is said of it
local CALLS = {
  ["m.step, m, { x = tensor.new { 4, 2 }, y = tensor.new { 4, 2 } }, nn.mse()"] =
    "the input has 8 values, want 3",
  ["function() m:forward(tensor.new { 4, 2 }) m:step({ x = tensor.new { 4, 2 }, "
    .. "y = tensor.new { 4, 2 } }, nn.mse()) end"] = "the input has 8 values",
  ["o.update, o, { grads = { w = closed } }"] = "a tensor that is closed",
  ["o.update, o, { grads = { w = m.graph } }"] = "found another object",
  ["w.shape"] = "tensor:shape: .* got nothing",
  ["table.concat, { {}, 1 }"] = "invalid value %(table%) at index 1",
  ["table.unpack"] = "#1 to 'unpack' %(table expected, got no value%)",
  ["string.byte"] = "#1 to '[%a.]*byte' %(string expected, got no value%)",
  ["load"] = "#1 to 'load' %(function expected, got no value%)",
  ["load, {}"] = "#1 to 'load' %(function expected, got table%)",
  ["next"] = "#1 to 'next' %(table expected, got n[io]",
  ["next, 3"] = "#1 to 'next' %(table expected, got number%)",
}

describe("an error that comes up inside lrrun", function()
  for call, said in pairs(CALLS) do
    it(("is told without the inside: pcall(%s)"):format(call), function()
      local _, output = program.recipe(finally, SETUP .. ("print(pcall(%s))"):format(call))
      assert.is_truthy(output:find("^false\t"), output)
      assert.is_truthy(output:find(said), output)
      assert.is_nil(output:find("lrrun[:.]lrrun", 1), output)
      assert.is_nil(output:find("lrrun.sandbox", 1, true), output)
    end)
  end
end)
