-- lrrun continue: a run that goes on with another rate, schedule or length.
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local program = require "support.program"
local runs = require "support.runs"

local RECIPE = [[
return recipe {
  data = data.digits { batch = 32, val = 0.2, limit = 200 }, log = 1*steps,
  model = nn.sequential { nn.linear(12), nn.relu(), nn.dropout(0.1), nn.linear(10) },
  optimizer = %s, schedule = %s, epochs = 4, checkpoint = { every = 1*steps },
}
]]
local ADAM = "optim.adam { lr = 1e-2 }"

-- A run of 20 updates, 5 in an epoch; killed behind so many of them where that is said.
local function trained(finally, o)
  local folder = runs.folder(finally)
  program.write(folder .. "/r.lua", RECIPE:format(o.optimizer or ADAM,
    o.schedule or "schedule.cosine {}"))
  local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder),
    o.killed and ("LRRUN_FAULT=rename:%d:KILL"):format(o.killed))
  if not o.killed then
    assert.equal("", err)
    assert.equal(0, code)
  end
  return folder .. "/runs/r-1", folder
end

local function continue(run, flags, env)
  local code, out, err = program.run(("continue %s --json --quiet %s"):format(run, flags), env)
  return code, out ~= "" and json.decode(out) or {}, err
end

local function rates(run)
  local out = {}
  for line in file.read(run .. "/steps.jsonl"):gmatch "[^\n]+" do
    local row = json.decode(line)
    out[row.step] = row.lr
  end
  return out
end

local function replayed(run, folder)
  assert.equal(0, (program.run(("pack %s -o %s/e.yaml"):format(run, folder))))
  local code, out, err = program.run(("replay %s/e.yaml --out %s/again --quiet --json"):format(
    folder, folder))
  assert.equal(0, code, err)
  return json.decode(out).verdict
end

describe("lrrun continue", function()
  it("goes on from the end with another rate and length, moments kept", function()
    local run, folder = trained(finally, { schedule = "nil" })
    local code, result, err = continue(run, "--lr 1e-3 --epochs +2")
    assert.equal(0, code, err)
    assert.equal(6, result.epochs)
    assert.equal(30, result.steps)
    assert.matches("learning rate until now %(20 steps made%)", err)
    local found = rates(run)
    assert.equal(1e-2, found[20])
    assert.equal(1e-3, found[21])
    assert.equal(1e-3, found[30])
    local event = file.read(run .. "/history.jsonl")
    assert.matches('"event":"continue"', event)
    assert.matches('"optimizer.lr=0.001', event)
    assert.equal("identical", replayed(run, folder))
  end)

  it("follows the recipe's schedule over another length, from the new rate", function()
    local run = trained(finally, {})
    local code, _, err = continue(run, "--lr 0.02 --epochs 8")
    assert.equal(0, code, err)
    local found = rates(run)
    for t = 20, 39 do
      assert.near(0.01 * (1 + math.cos(math.pi * t / 40)), found[t + 1], 1e-9)
    end
  end)

  it("begins a schedule that is given there, from any place in an epoch", function()
    local run, folder = trained(finally, { killed = 12 })
    local step = metrics.read(run .. "/steps.jsonl", metrics.STEPS)
    local code, _, err = continue(run, "--set schedule='schedule.linear{from=0.2}'")
    assert.equal(0, code, err)
    local line = json.decode(file.read(run .. "/history.jsonl"):match '[^\n]*"continue"[^\n]*')
    local from = line.from_step
    assert(from > 0 and from % 5 ~= 0 and from <= #step, from)
    local found = rates(run)
    for t = from, 19 do
      assert.near(0.2 * (1 - (t - from) / (20 - from)), found[t + 1], 1e-9)
    end
    assert.equal("identical", replayed(run, folder))
  end)

  it("is exact: what changes nothing of training gives the bits of the whole run", function()
    local whole = trained(finally, {})
    local run = trained(finally, { killed = 12 })
    local code, result, err = continue(run, "--set checkpoint.keep=3")
    assert.equal(0, code, err)
    assert.equal(json.decode(file.read(whole .. "/result.json")).digest, result.digest)
    assert.equal(#metrics.read(whole .. "/metrics.jsonl"), #metrics.read(run .. "/metrics.jsonl"))
  end)

  it("is resumed where it was killed, to the same bits, and can be continued again", function()
    local run, folder = trained(finally, { killed = 12, optimizer = "optim.sgd { lr = 0.1, "
      .. "momentum = 0.9, groups = { { match = 'bias', lr = 0.2 } } }" })
    os.execute(("cp -r %s %s/copy"):format(run, folder))
    local flags = "--lr 0.05 --epochs 6 --set clip.norm=1 --threads 1"
    local code, want, err = continue(run, flags)
    assert.equal(0, code, err)
    code = continue(folder .. "/copy", flags, "LRRUN_FAULT=rename:9:KILL")
    assert.not_equal(0, code)
    local done, out = program.run(("resume %s/copy --json --quiet"):format(folder))
    assert.equal(0, done)
    assert.equal(want.digest, json.decode(out).digest)
    assert.equal(0, (continue(run, "--epochs +1 --lr 0.02 "
      .. "--set schedule='schedule.one_cycle{momentum={0.8,0.9}}'")))
    assert.equal(7, json.decode(file.read(run .. "/result.json")).epochs)
    assert.equal("identical", replayed(run, folder))
  end)

  it("is shown by report, compare and diff", function()
    local run, folder = trained(finally, {})
    local other = trained(finally, {})
    assert.equal(0, (continue(run, "--lr 1e-3 --epochs +1")))
    local _, out = program.run(("compare %s %s"):format(run, other))
    assert.matches("extensions%.1%.via%s+continue", out)
    _, out = program.run(("diff %s %s"):format(run, other))
    assert.matches("extensions%.1%.set%.1%s+A optimizer%.lr=0%.001", out)
    assert.equal(0, (program.run(("report %s -o %s/r.html"):format(run, folder))))
    assert.matches("continued", file.read(folder .. "/r.html"))
  end)

  it("answers each mistake in one line, and changes nothing", function()
    local run = trained(finally, {})
    local absolute = trained(finally, { schedule = "schedule.one_cycle { max = 0.1 }" })
    local sgd = trained(finally, { optimizer = "optim.sgd { lr = 0.1 }", schedule = "nil" })
    local before = file.read(run .. "/run.yaml")
    for _, case in ipairs {
      { run, "", 2, "continue wants --lr, --epochs or --set" },
      { run, "--lr 1e-3", 1, "has made its 20 updates: how much longer" },
      { run, "--epochs 3", 2, "the run has made 4 epochs already: --epochs 3 leaves nothing" },
      { run, "--epochs much", 2, "continue wants --epochs +30 (on top) or --epochs 60" },
      { run, "--epochs +1 --set model.1.units=3", 1, "with another 'model' a run begins anew" },
      { run, "--epochs +1 --set scedule=schedule.linear{}", 1, "did you mean 'schedule'" },
      { run, "--epochs +1 --set optimizer=optim.sgd{lr=1}", 1, "was trained by optim.adam" },
      { run, "--epochs +1 --set optimizer.lrr=1", 1, "did you mean 'lr'" },
      { run, "--epochs +1 --set optimizer.amsgrad=true", 1, "this changes what optim.adam keeps" },
      { run, "--epochs +1 --seed 3", 2, "continue takes no --seed" },
      { sgd, "--epochs +1 --set optimizer.momentum=0.9", 1, "this changes what optim.sgd keeps" },
      { absolute, "--epochs +1 --lr 0.1", 2, "schedule.one_cycle has rates of its own" },
    } do
      local code, _, err = continue(case[1], case[2])
      assert.equal(case[3], code, err)
      assert.matches(case[4], err, 1, true)
      assert.is_nil(err:find "\n.")
    end
    assert.equal(before, file.read(run .. "/run.yaml"))
    assert.is_nil(file.kind(run .. "/history.jsonl"))
  end)
end)
