local program = require "support.program"
local runs = require "support.runs"

describe("a run that is stopped and resumed again and again", function()
  for _, item in ipairs(runs.list) do
    it("ends in the bits of the run in one piece: " .. item.name, function()
      local folder = runs.folder(finally)
      program.write(folder .. "/r.lua", item.text)
      local code, out, err = program.run(("verify-resume %s/r.lua --out %s/runs --quiet")
        :format(folder, folder))
      assert.equal("", err)
      assert.equal(0, code, out)
      assert.matches("same to the last bit", out)
    end)
  end
end)
