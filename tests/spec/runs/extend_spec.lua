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

  it("takes no flag that changes the recipe, and its help lists none", function()
    local run = trained(finally)
    for flag, name in pairs { ["--set optimizer.lr=3"] = "set", ["--set optimizer.lrr=3"] = "set",
      ["--seed 4"] = "seed", ["--portable"] = "portable" } do
      local code, _, err = extend(run, "--epochs +2 --via stretch " .. flag)
      assert.equal(2, code)
      assert.matches("extend takes no --" .. name .. ": a run goes on under", err, 1, true)
    end
    local _, help = program.run "help extend"
    assert.matches("%-%-epochs", help)
    assert.is_nil(help:find("--set", 1, true) or help:find("--seed", 1, true)
      or help:find("--portable", 1, true))
    assert.is_nil(file.kind(run .. "/history.jsonl"))
  end)

  -- A folder that another process writes, and data that are others: the run stays as it was.
  it("changes nothing of a run that cannot go on, and says so before any curve", function()
    local folder = runs.folder(finally)
    local table_of = { "x,y" }
    for i = 1, 40 do
      table_of[#table_of + 1] = ("%d,%d"):format(i, i % 2)
    end
    local text = table.concat(table_of, "\n") .. "\n"
    program.write(folder .. "/t.csv", text)
    program.write(folder .. "/r.lua", [[
return recipe { data = data.csv { "t.csv", target = "y", batch = 8 }, epochs = 2,
  model = nn.sequential { nn.linear(2) }, optimizer = optim.sgd { lr = 1e-2 } }
]])
    assert.equal(0, (program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))))
    local run = folder .. "/runs/r-1"
    local before = { file.read(run .. "/run.yaml"), file.read(run .. "/history.jsonl") }
    local function refused(want, prefix)
      local code, out, err = program.run("extend --quiet --epochs +1 --via stretch " .. run, prefix)
      assert.equal(1, code)
      assert.matches(want, err, 1, true)
      assert.equal("", out)
      assert.same(before, { file.read(run .. "/run.yaml"), file.read(run .. "/history.jsonl") })
    end
    program.write(folder .. "/t.csv", (text:gsub("40,0", "41,0")))
    refused "the data differ from what the run was trained on"
    program.write(folder .. "/t.csv", text)
    local lock = file.lock(run)
    refused "another lrrun is writing into"
    lock:close()
    if os.execute "test $(id -u) = 0 && setpriv --reuid 65534 --clear-groups true 2>/dev/null" then
      assert(os.execute(("chmod -R a+rX %s && chmod 555 %s"):format(folder, run)))
      refused("cannot write", "XDG_STATE_HOME=/nowhere setpriv --reuid 65534 --clear-groups")
    end
    local code, result = extend(run, "--epochs +1 --via stretch")
    assert.equal(0, code)
    assert.equal(3, result.epochs)
  end)
end)
