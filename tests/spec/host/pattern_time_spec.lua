-- Patterns of a recipe are matched when its own code has returned: their time is its time still.
local program = require "support.program"

local DEEP = "local m = nn.linear(3) for _ = 1, 20 do m = nn.sequential { m } end "
local SLOW = '(".-"):rep(18) .. "Q"'

describe("a pattern of parameter names that takes for ever", function()
  for key, text in pairs {
    freeze = "optimizer = optim.sgd { lr = 0.1 }, freeze = " .. SLOW,
    groups = "optimizer = optim.sgd { lr = 0.1, groups = { { match = " .. SLOW .. ", lr = 1 } } }",
  } do
    it("meets the time limit: " .. key, function()
      local code, _, err = program.recipe(finally, DEEP .. "return recipe { model = m, epochs = 1, "
        .. "data = data.spirals { n = 60 }, " .. text .. " }", "", "timeout -s KILL 20")
      assert.equal(1, code, err)
      assert.matches("%-%-lua%-seconds", err)
    end)
  end
end)
