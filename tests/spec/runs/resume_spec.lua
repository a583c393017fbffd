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

describe("verify-resume that is interrupted", function()
  -- { steps, the folder whose making is waited for }: in the run in one piece, and in the other
  for where, case in pairs { ["in the run in one piece"] = { 2000000, "v-1" },
    ["in the one that is resumed"] = { 30000, "v-2" } } do
    it("says so and not that the bits differ, and leaves no folder: " .. where, function()
      local folder = runs.folder(finally)
      program.write(folder .. "/v.lua", "return recipe { data = data.spirals { n = 64 }, "
        .. "model = nn.sequential { nn.linear(64), nn.linear(3) }, loss = nn.cross_entropy(), "
        .. ("optimizer = optim.sgd { lr = 0.001 }, epochs = %d }"):format(case[1]))
      local pipe = assert(io.popen("bash -c " .. program.quote(([[
        %s --threads 1 --out %s/runs verify-resume %s/v.lua >%s/out 2>%s/err &
        for i in $(seq 6000); do [ -e %s/runs/%s/run.yaml ] && break; sleep 0.005; done
        kill -INT $!; wait $!; echo "=$?"; cat %s/out %s/err; ls %s/runs]]):format(program.path,
        folder, folder, folder, folder, folder, case[2], folder, folder, folder))))
      local said = pipe:read "a"
      pipe:close()
      assert.equal("=130\nlrrun: interrupted\n", said)
    end)
  end
end)
