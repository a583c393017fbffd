local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local program = require "support.program"
local runs = require "support.runs"

local RECIPE = [[
return recipe {
  data = data.digits { batch = 32, val = 0.2, limit = 200 },
  model = nn.sequential { nn.linear(12), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = 1e-2 },
  schedule = schedule.cosine { min = 1e-4 },
  epochs = option("n", 4),
}
]]

local function trained(finally, flags)
  local folder = runs.folder(finally)
  program.write(folder .. "/r.lua", RECIPE)
  local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet %s"):format(folder, folder,
    flags or ""))
  assert.equal("", err)
  assert.equal(0, code)
  return folder .. "/runs/r-1", folder
end

local function extend(run, flags)
  local code, out, err = program.run(("extend %s --json --quiet %s"):format(run, flags))
  return code, out ~= "" and json.decode(out) or {}, err
end

describe("lrrun extend", function()
  it("stretches the schedule over the new length and goes on with it", function()
    local run = trained(finally)
    local code, result, err = extend(run, "--epochs +2 --via stretch")
    assert.equal(0, code)
    assert.equal(6, result.epochs)
    assert.matches("learning rate until now", err)
    local rows = metrics.read(run .. "/metrics.jsonl")
    assert.equal(6, #rows)
    assert.equal(30, rows[6].step)
    assert.is_true(rows[5].lr > rows[4].lr)
    assert.is_true(math.abs(rows[6].lr - 1e-4) < 1e-4)
    assert.matches('"event":"extend"', file.read(run .. "/history.jsonl"))
  end)

  it("raises the rate again, or lets it fall to 0", function()
    local run = trained(finally)
    assert.equal(0, (extend(run, "--epochs 6 --via rewarm")))
    local rows = metrics.read(run .. "/metrics.jsonl")
    assert.is_true(rows[5].lr > 20 * rows[4].lr)
    local code, _, err = extend(run, "--epochs +1 --via cooldown")
    assert.equal(0, code)
    assert.matches("already fallen", err)
    rows = metrics.read(run .. "/metrics.jsonl")
    assert.equal(7, #rows)
    assert.is_true(rows[7].lr < rows[6].lr)
  end)

  it("is part of what is packed and replayed", function()
    local run, folder = trained(finally)
    assert.equal(0, (extend(run, "--epochs +2 --via rewarm")))
    assert.equal(0, (program.run(("pack %s -o %s/e.yaml"):format(run, folder))))
    local code, out = program.run(("replay %s/e.yaml --out %s/runs --quiet --json"):format(folder,
      folder))
    assert.equal(0, code)
    assert.equal("identical", json.decode(out).verdict)
  end)

  it("refuses what makes no run longer", function()
    local run = trained(finally)
    for flags, text in pairs {
      ["--epochs +2"] = "wants %-%-via", ["--epochs +2 --via strech"] = "stretch",
      ["--via stretch"] = "wants %-%-epochs", ["--epochs 3 --via stretch"] = "has 4 epochs",
    } do
      local code, _, err = extend(run, flags)
      assert.equal(2, code)
      assert.matches(text, err)
    end
  end)
end)
