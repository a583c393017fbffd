local kills = require "soak.kills"
local runs = require "support.runs"

describe("a run that is killed at random moments and resumed", function()
  for _, i in ipairs { 1, 3, 7, 13 } do
    local item = runs.list[i]
    it("ends in the digest of the run that was left alone: " .. item.name, function()
      local state = i
      local function random() -- moments differ by machine anyway: their choice need not
        state = (state * 1103515245 + 12345) % 2147483648
        return state / 2147483648
      end
      local count, why = kills.recipe(runs.folder(finally), item, 5, random)
      assert.is_nil(why)
      assert.is_true(count >= 1)
    end)
  end
end)
