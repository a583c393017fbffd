-- --scale-lr: the rate that goes with another batch.

local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[
local batch = option("batch", 16)
return recipe {
  name = "q", data = data.digits { batch = batch, val = 0.2, limit = 300 },
  model = nn.sequential { nn.linear(8), nn.relu(), nn.linear(10) },
  optimizer = optim.%s, epochs = 2, %s
}]]

local function write(optimizer, more)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", RECIPE:format(optimizer, more or ""))
  return folder
end

local function plan(folder, flags)
  local code, out, err = program.run(("plan --json %s %s/r.lua"):format(flags, folder))
  assert.equal(0, code, err)
  return json.decode(out), err
end

describe("--scale-lr", function()
  it("scales the rate by the root of the batch, or in proportion, and plan says so", function()
    local folder = write "adam { lr = 1e-3 }"
    local p, text = plan(folder, "--set data.batch=64 --scale-lr sqrt")
    assert.same({ rule = "sqrt", from = 16, to = 64, factor = 2, key = "optimizer.lr",
      lr_from = 1e-3, lr_to = 2e-3 }, p.scale_lr)
    assert.equal(2e-3, p.schedule.curve[1].lr)
    assert.matches("an update is of 64 samples in the place of 16 (x 4): optimizer.lr from 0.001 "
      .. "to 0.002 (x 2), by the sqrt rule", text, 1, true)
    p = plan(folder, "--set data.batch=8 --set accumulate=8 --scale-lr linear")
    assert.equal(4e-3, p.scale_lr.lr_to)
    assert.equal(64, p.scale_lr.to)
    assert.is_nil(plan(folder, "--set data.batch=64").scale_lr)
  end)

  it("knows the batch that is written where an option() gives it", function()
    local p = plan(write "adam { lr = 1e-3 }", "--set batch=64 --scale-lr linear")
    assert.equal(16, p.scale_lr.from)
    assert.equal(4e-3, p.scale_lr.lr_to)
  end)

  it("scales the rates of groups and of phases with peaks of their own, and one in a search",
    function()
      local folder = write("adam { lr = 1e-3, groups = { { match = 'bias', lr = 1e-2 } } }")
      local p = plan(folder, "--set data.batch=64 --scale-lr sqrt")
      assert.equal(2e-2, p.optimizer.groups[1].settings.lr)
      p = plan(write("adam {}", "schedule = schedule.one_cycle { max = 0.1 },"),
        "--set data.batch=64 --scale-lr sqrt")
      assert.equal("schedule.max", p.scale_lr.key)
      assert.equal(0.2, p.scale_lr.lr_to)
      p = plan(write "sgd { lr = search.loguniform(1e-3, 1, { default = 0.1 }) }",
        "--set data.batch=32 --scale-lr linear")
      assert.equal(0.2, p.scale_lr.lr_to)
    end)

  it("is a change of the recipe, which the run goes on with and can be repeated by", function()
    local folder = write "adam { lr = 1e-3 }"
    local function run(words)
      local code, out, err = program.run(("%s --json --quiet"):format(words:gsub("%%s", folder)))
      assert.equal(0, code, err)
      return json.decode(out)
    end
    local scaled = run "%s/r.lua --set data.batch=64 --scale-lr sqrt --out %s/a"
    local by_hand = run "%s/r.lua --set data.batch=64 --set optimizer.lr=0.002 --out %s/b"
    assert.equal(by_hand.digest, scaled.digest)
    run "pack %s/a/q-1 -o %s/q.yaml"
    assert.equal(scaled.digest, run("replay %s/q.yaml --out %s/c").digest)
    local proof = run "verify-resume %s/r.lua --set data.batch=64 --scale-lr sqrt --out %s/d"
    assert.is_true(proof.same)
  end)

  it("says what it lacks", function()
    for _, case in ipairs {
      { "adam { lr = 1e-3 }", "--scale-lr sqrt", "--scale-lr sqrt: an update is of 16 samples "
        .. "with and without --set; it wants another batch, as --set data.batch=64" },
      { "adam { lr = 'range' }", "--set data.batch=64 --scale-lr sqrt",
        "--scale-lr sqrt: lr = 'range' is found for the batch that there is" },
      { "rprop { lr = 1e-2 }", "--set data.batch=64 --scale-lr sqrt",
        "--scale-lr sqrt: optim.rprop finds a step size for each weight" },
      { "adam { lr = 1e-3 }", "--set data.batch=64 --scale-lr root",
        "--scale-lr takes sqrt or linear, got 'root'" },
    } do
      local folder = write(case[1])
      local code, _, err = program.run(("plan %s %s/r.lua"):format(case[2], folder))
      assert.equal(2, code, err)
      assert.matches(case[3], err, 1, true)
    end
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", "print(1)")
    local words = ("--scale-lr sqrt %s/r.lua --out %s/runs"):format(folder, folder)
    local code, _, err = program.run(words)
    assert.equal(2, code)
    assert.matches("--scale-lr wants a recipe that the script returns", err, 1, true)
  end)
end)
