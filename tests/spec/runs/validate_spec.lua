--- validate = N*steps: a run that is evaluated within epochs, or not at each one's end.

local data = require "lrrun.data"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local runs = require "support.runs"
local schedule = require "lrrun.schedule"
local search = require "lrrun.language.search"
local searches = require "lrrun.search"
local stop = require "lrrun.stop"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

-- Epochs of 10 updates.
local function make(changes)
  local r = {
    data = data.digits { batch = 24, val = 0.2, limit = 300 },
    model = nn.sequential { nn.linear(12), nn.relu(), nn.dropout(0.1), nn.linear(10) },
    optimizer = optim.adam { lr = 5e-3 }, epochs = 3,
  }
  for key, item in pairs(changes) do
    r[key] = item
  end
  return recipe(r)
end


local function steps_of(rows)
  local out = {}
  for i, row in ipairs(rows) do
    out[i] = row.step
  end
  return out
end

describe("a run with validate", function()
  local at
  local function evaluated(changes)
    at = {}
    changes.on = { epoch = function(t)
      at[#at + 1] = t.step
    end }
    return train.fit(make(changes), { quiet = true, record = false })
  end

  it("is evaluated every so many updates and at its end", function()
    local result = evaluated { validate = 7 * units.steps }
    assert.same({ 7, 14, 21, 28, 30 }, at)
    assert.equal(result.best.epoch, math.floor(result.best.step * 1000 + 0.5) / 1e4)
    evaluated { validate = 2 * units.epochs }
    assert.same({ 20, 30 }, at)
    evaluated { validate = 50 * units.percent }
    assert.same({ 15, 30 }, at)
    evaluated { validate = 1e300 * units.epochs }
    assert.same({ 30 }, at)
  end)

  it("makes the same steps as without it", function()
    local plain = evaluated {}
    assert.same({ 10, 20, 30 }, at)
    assert.equal(plain.digest, evaluated({ validate = 1 * units.epochs }).digest)
    assert.same({ 10, 20, 30 }, at)
    assert.equal(plain.digest, evaluated({ validate = 4 * units.steps }).digest)
  end)

  it("counts patience in these evaluations", function()
    local result = evaluated { validate = 2 * units.steps, optimizer = optim.sgd { lr = 0 },
      stop = stop.early { patience = 3 } }
    assert.equal("early_stop", result.reason)
    assert.equal(8, result.steps)
    local lrs = {}
    train.fit(make { validate = 3 * units.steps, optimizer = optim.sgd { lr = 1e-30 }, epochs = 1,
      schedule = schedule.plateau { patience = 1, factor = 0.5 }, on = { epoch = function(t)
        lrs[#lrs + 1] = t.lr
      end } }, { quiet = true, record = false })
    assert.same({ 1e-30, 1e-30, 0.5e-30, 0.25e-30 }, lrs)
  end)

  it("reports rungs and medians of a search by evaluations", function()
    local function lengths(pruner, rates)
      local epochs = {}
      local found = search.run(make { validate = 3 * units.steps, epochs = 1,
        optimizer = optim.sgd { lr = searches.choice(rates) } },
        { strategy = "grid", pruner = pruner, quiet = true, record = false })
      for i, trial in ipairs(found.trials) do
        epochs[i] = trial.epochs
      end
      return epochs
    end
    assert.same({ 0.3, 0.6, 0.3, 1 }, lengths(searches.asha { grace = 30 * units.percent,
      factor = 2 }, { 1e-6, 0.1, 1e-5, 0.2 }))
    assert.same({ 1, 1, 1, 1, 0.3, 0.3 }, lengths(searches.median { startup = 1 },
      { 0.1, 0.2, 0.3, 0.15, 1e-6, 1e-5 }))
  end)
end)

local RECIPE = [[
return recipe {
  data = data.digits { batch = 24, val = 0.2, limit = 300 },
  model = nn.sequential { nn.linear(12), nn.batchnorm(), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = option("lr", 1e-2) }, metrics = { "grad_norms", "f1", "auc" },
  schedule = schedule.plateau { patience = 0, factor = 0.5 },
  stop = stop.any { stop.early { patience = 9 }, stop.divergence() },
  validate = option("v", 7) * steps, epochs = 3, on_divergence = { rollback = true },
}
]]

describe("the folder of a run with validate", function()
  local function written(finally)
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    local function call(fmt)
      local code, out, err = program.run((fmt:gsub("DIR", folder)))
      assert.equal(0, code, out .. err)
      return out
    end
    return folder, call
  end

  it("has a line for each, which says how many epochs were trained", function()
    local folder, call = written(finally)
    call "DIR/r.lua --out DIR/runs --quiet"
    local rows = metrics.read(folder .. "/runs/r-1/metrics.jsonl")
    assert.same({ 7, 14, 21, 28, 30 }, steps_of(rows))
    assert.equal(0.7, rows[1].epoch)
    assert.equal(3, rows[5].epoch)
    local result = json.decode(file.read(folder .. "/runs/r-1/result.json"))
    assert.equal(result.best.epoch, result.best.step / 10)
    assert.matches("bytes", call "report DIR/runs/r-1")
    call "compare DIR/runs/r-1"
    call "extend DIR/runs/r-1 --epochs +1 --via stretch --quiet"
    assert.same({ 7, 14, 21, 28, 30, 35, 40 },
      steps_of(metrics.read(folder .. "/runs/r-1/metrics.jsonl")))
    call "pack DIR/runs/r-1 -o DIR/exp.yaml"
    assert.matches("identical", call "replay DIR/exp.yaml --out DIR/again --quiet")
  end)

  it("is the same where the run was stopped and resumed", function()
    local _, call = written(finally)
    for _, flags in ipairs { "", "--set v=23", "--set lr=300" } do
      assert.matches("same to the last bit", call("verify-resume DIR/r.lua --out DIR/runs --quiet "
        .. flags))
    end
  end)
end)
