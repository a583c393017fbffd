-- What schedules make of rates and momentum in runs.
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
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true }

-- A network of one weight and one bias whose gradients are 1 in every update, so that each moves by
-- the sum of its rates.
local function sums(lr, value, group_lr)
  local x, y = {}, {}
  for i = 1, 8 do
    x[i], y[i] = { 1 }, -100
  end
  local _, run = train.fit(recipe {
    data = data.table { x = x, y = y, task = "regression", batch = 8, normalize = false,
      target_scale = false },
    model = nn.linear { 1, init = nn.zeros() }, loss = nn.l1(), schedule = value, steps = 6,
    optimizer = optim.sgd { lr = lr, groups = { { match = "bias", lr = group_lr } } },
  }, QUIET)
  local params = run.model:params()
  return -params.weight:values()[1], -params.bias:values()[1]
end

describe("the rate of a group", function()
  it("follows the schedule where the optimizer's lr is 0, as it does above", function()
    local _, want = sums(1, schedule.cosine {}, 0.02)
    local weight, bias = sums(0, schedule.cosine {}, 0.02)
    assert.equal(0, weight)
    assert.near(want, bias, 1e-6)
    local total = 0
    for t = 0, 5 do
      total = total + 0.02 * (1 + math.cos(math.pi * t / 6)) / 2
    end
    assert.near(total, bias, 1e-6)
  end)

  it("stays as it is without a schedule", function()
    local weight, bias = sums(0, nil, 0.02)
    assert.equal(0, weight)
    assert.near(6 * 0.02, bias, 1e-6)
  end)

  it("has nothing to follow in a schedule with rates of its own", function()
    local ok, why = pcall(sums, 0, schedule.linear { from = 0.4, to = 0.2 }, 0.02)
    assert.is_false(ok)
    assert.matches("lr is 0, and schedule.linear has rates of its own: what should the lr = 0.02 "
      .. "of groups item 1 be to them", tostring(why))
  end)
end)

local function write(finally, lines)
  local folder = runs.folder(finally)
  program.write(folder .. "/r.lua", ([[
local x, y = {}, {}
for i = 1, 40 do x[i] = { (i * 7) %% 11, (i * 5) %% 13 } y[i] = i %% 3 end
return recipe { name = "r", epochs = 3, log = 1*steps, model = nn.linear(3),
  data = data.table { x = x, y = y, batch = 8, val = 0.25, task = "classification" },
  %s }]]):format(lines))
  local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))
  assert.equal(0, code, err)
  return folder .. "/runs/r-1", folder
end

local function steps_of(run)
  local out = {}
  for line in file.read(run .. "/steps.jsonl"):gmatch "[^\n]+" do
    out[#out + 1] = json.decode(line)
  end
  return out
end

local function highest(rows, from)
  local top = 0
  for _, row in ipairs(rows) do
    top = row.step > from and math.max(top, row.lr) or top
  end
  return top
end

describe("extend --via rewarm", function()
  for _, case in ipairs {
    { "a schedule with rates of its own", "optimizer = optim.adam { lr = 0.01 }, schedule = "
      .. "schedule.linear { from = 0.4, to = 0.2 }", 0.4 },
    { "one_cycle{ max = }", "optimizer = optim.adam {}, schedule = schedule.one_cycle { "
      .. "max = 0.1 }", 0.1 },
    { "a function", "optimizer = optim.adam { lr = 0.01 }, schedule = schedule.fn(function(t) "
      .. "return t.step < 10 and 0.25 or 0.125 end)", 0.25 },
    { "a warmup that reached a third of lr", "optimizer = optim.adam { lr = 0.02 }, schedule = "
      .. "schedule.warmup(24*steps), stop = stop.early { patience = 1, min_delta = 1e9 }",
      0.02 / 3 },
    { "no schedule", "optimizer = optim.adam { lr = 0.03 }", 0.03 },
  } do
    it("rises to the highest rate that the run has had: " .. case[1], function()
      local run = write(finally, case[2])
      local before = #steps_of(run)
      local code, _, err = program.run(("extend %s --epochs +3 --via rewarm --quiet"):format(run))
      assert.equal(0, code, err)
      local top = highest(steps_of(run), before)
      assert(math.abs(top - case[3]) <= 0.02 * case[3], ("%g, want %g"):format(top, case[3]))
    end)
  end

  it("rises so again in a second extension", function()
    local run = write(finally, "optimizer = optim.adam { lr = 0.01 }, schedule = schedule.linear { "
      .. "from = 0.4, to = 0.2 }")
    for _, via in ipairs { "cooldown", "rewarm" } do
      assert.equal(0, (program.run(("extend %s --epochs +1 --via %s --quiet"):format(run, via))))
    end
    assert.near(0.4, highest(steps_of(run), 16), 0.01)
  end)

  it("keeps groups in their ratio to the rate", function()
    local run, folder = write(finally, "optimizer = optim.sgd { lr = 0.01, groups = { { match = "
      .. "'bias', lr = 0.02 } } }, schedule = schedule.linear { from = 0.4, to = 0.2 }")
    assert.equal(0, (program.run(("extend %s --epochs +2 --via rewarm --quiet"):format(run))))
    assert.equal(0, (program.run(("pack %s -o %s/e.yaml"):format(run, folder))))
    local code, out = program.run(("replay %s/e.yaml --out %s/runs --quiet --json"):format(folder,
      folder))
    assert.equal(0, code)
    assert.equal("identical", json.decode(out).verdict)
  end)
end)

describe("one_cycle{ momentum = }", function()
  local SGD = "optimizer = optim.sgd { lr = 0.1 }, schedule = schedule.one_cycle { "
    .. "momentum = { 0.85, 0.95 } }"
  local function momenta(run, key)
    local out = {}
    for i, row in ipairs(steps_of(run)) do
      out[i] = row.numbers["optimizer." .. key .. " (group 1)"]
    end
    return out
  end

  it("drives the momentum: low where the rate is high", function()
    local run = write(finally, SGD)
    local rows, values = steps_of(run), momenta(run, "momentum")
    local peak = 1
    for i, row in ipairs(rows) do
      peak = row.lr > rows[peak].lr and i or peak
    end
    assert.near(0.95, values[1], 1e-9)
    assert.near(0.95, values[#values], 1e-9)
    for i, value in ipairs(values) do
      assert(value >= 0.85 and value <= 0.95)
      assert(value >= values[peak], i)
    end
    assert.near(0.85, values[peak], 0.005)
  end)

  it("drives the first of Adam's betas, and leaves the second", function()
    local run = write(finally, "optimizer = optim.adamw { lr = 0.01, betas = { 0.9, 0.99 } }, "
      .. "schedule = schedule.one_cycle { momentum = { 0.8, 0.9 } }")
    local values = momenta(run, "beta1")
    assert.near(0.9, values[1], 1e-9)
    assert.near(0.9, values[#values], 1e-9)
    assert.near(0.8, math.min(table.unpack(values)), 0.01)
    assert.is_nil(momenta(run, "beta2")[1])
  end)

  it("stays high in phases beside it, and when the run is extended", function()
    local run = write(finally, "optimizer = optim.sgd { lr = 0.1 }, schedule = "
      .. "schedule.hold(5*steps) .. schedule.one_cycle { momentum = { 0.85, 0.95 } }")
    local values = momenta(run, "momentum")
    for i = 1, 6 do
      assert.near(0.95, values[i], 1e-9)
    end
    local code, _, err = program.run(("extend %s --epochs +1 --via cooldown --quiet"):format(run))
    assert.equal(0, code, err)
    assert.equal(4, #metrics.read(run .. "/metrics.jsonl"))
  end)

  it("says what it cannot drive", function()
    for text, line in pairs {
      ["optim.rprop has neither momentum nor betas"] = "optimizer = optim.rprop {}, schedule = "
        .. "schedule.one_cycle { momentum = { 0.8, 0.9 } }",
      ["the optimizer's momentum is a schedule, too"] = "optimizer = optim.sgd { lr = 1, "
        .. "momentum = schedule.linear { from = 0.5, to = 0.9 } }, schedule = "
        .. "schedule.one_cycle { momentum = { 0.8, 0.9 } }",
      ["not within a product"] = "optimizer = optim.sgd { lr = 1 }, schedule = 0.5 * "
        .. "schedule.one_cycle { momentum = { 0.8, 0.9 } }",
    } do
      local folder = runs.folder(finally)
      program.write(folder .. "/r.lua", "return recipe { data = data.moons { n = 40 }, epochs = 1, "
        .. "model = nn.linear(2), " .. line .. " }")
      local code, _, err = program.run(("plan %s/r.lua"):format(folder))
      assert.equal(1, code)
      assert.matches(text, err, 1, true)
    end
  end)
end)
