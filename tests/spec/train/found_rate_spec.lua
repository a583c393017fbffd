-- A rate that is found before the training: lr = "auto" by advice, lr = "range" by a range test.

local json = require "lrrun.record.json"
local program = require "support.program"

local WORDS = {
  auto = { run = "advice: lr = ", plan = "advice finds it" },
  range = { run = "range test: lr = ", plan = "a range test finds it" },
}

describe("A run whose rate is found", function()
  for word, said in pairs(WORDS) do
    it("resumes, evaluates and plans with the rate that was found: " .. word, function()
      local folder = program.folder(finally)
      program.write(folder .. "/r.lua", ([[
          return recipe { data = data.digits { val = 0.2, limit = 400 }, epochs = 1,
            model = nn.linear(10), optimizer = optim.adam { lr = %q } }]]):format(word))
      local flags = ("--out %s/runs --json"):format(folder)
      local code, out, err = program.run(("%s/r.lua %s"):format(folder, flags))
      assert.equal(0, code, err)
      assert.matches(said.run, err)
      local result = json.decode(out)
      local _, again = program.run(("resume %s --json"):format(result.run))
      assert.equal(result.digest, json.decode(again).digest)
      code, out, err = program.run(("eval %s --json"):format(result.run))
      assert.equal(0, code, err)
      assert.is_true(json.decode(out).accuracy > 0.3)
      code, _, err = program.run(("plan %s/r.lua %s"):format(folder, flags))
      assert.equal(0, code)
      assert.matches(said.plan, err)
    end)
  end
end)
