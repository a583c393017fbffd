-- Rates by depth, and parameters that are frozen for a time.
local data = require "lrrun.data"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local rates = require "lrrun.rates"
local recipe = require "lrrun.recipe".new
local runs = require "support.runs"
local schedule = require "lrrun.schedule"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local QUIET = { record = false, quiet = true }
local MLP = nn.sequential { nn.batchnorm(), nn.linear(6), nn.batchnorm(), nn.relu(), nn.linear(5),
  nn.relu(), nn.linear(3) }

local function fit(changes)
  local keys = { data = data.blobs { n = 60, classes = 3, batch = 8, val = 0.2 }, model = MLP,
    optimizer = optim.adam { lr = 1e-2 }, steps = 10 }
  for key, item in pairs(changes) do
    keys[key] = item
  end
  return train.fit(recipe(keys), QUIET)
end

local function factors_of(rule, model, shape)
  local out = {}
  for name, of in pairs(rule:factors(model:build(shape or { 4 }, { batch = 1 }))) do
    out[name] = of.lr
  end
  return out
end

describe("layerwise", function()
  it("is decay ^ (depth from the top), norms with the layer below", function()
    -- timm's param_groups_layer_decay: decay ^ (layers above).
    local f = factors_of(rates.layerwise { 0.75 }, MLP)
    for name, want in pairs { ["1.batchnorm.weight"] = 0.75 ^ 2, ["2.linear.weight"] = 0.75 ^ 2,
      ["2.linear.bias"] = 0.75 ^ 2, ["3.batchnorm.bias"] = 0.75 ^ 2, ["5.linear.weight"] = 0.75,
      ["7.linear.weight"] = 1, ["7.linear.bias"] = 1 } do
      assert.equal(want, f[name], name)
    end
  end)

  it("takes a block of a transformer, and what nn.residual holds, as one layer", function()
    local f = factors_of(rates.layerwise { 0.5 }, nn.sequential { nn.linear(4),
      nn.residual { nn.linear(4), nn.relu(), nn.linear(4) }, nn.linear(2) })
    assert.equal(0.25, f["1.linear.weight"])
    assert.equal(0.5, f["2.residual.1.linear.weight"])
    assert.equal(0.5, f["2.residual.3.linear.bias"])
    assert.equal(1, f["3.linear.weight"])
    local model = nn.sequential { nn.embedding(8), nn.positions(), nn.transformer { depth = 3,
      heads = 2 }, nn.last(), nn.linear(2) }
    f = {}
    for name, of in pairs(rates.layerwise { 0.5 }:factors(model:build({ 5 }, { batch = 1,
      vocab = 9 }))) do
      f[name:match "^%d+%.%w+"] = of.lr
    end
    assert.same({ 1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1 }, { f["1.embedding"], f["2.positions"],
      f["3.1"], f["3.2"], f["3.3"], f["5.linear"] })
  end)

  it("goes by patterns where they are given", function()
    local f = factors_of(rates.layerwise { 0.5, parts = { "^[123]%.", "" } }, MLP)
    assert.equal(0.5, f["3.batchnorm.weight"])
    assert.equal(1, f["5.linear.weight"])
  end)

  it("says what it cannot do", function()
    for text, rule in pairs {
      ["no pattern for the parameter '5.linear.weight'"] = rates.layerwise { 0.5,
        parts = { "^[123]", "^7" } },
      ["item 2, '^9', matches no parameter"] = rates.layerwise { 0.5, parts = { "^%d", "^9" } },
    } do
      local ok, why = pcall(factors_of, rule, MLP)
      assert.is_false(ok)
      assert.matches(text, tostring(why), 1, true)
    end
    local ok, why = pcall(factors_of, rates.layerwise { 0.5 }, nn.linear(3))
    assert.is_false(ok)
    assert.matches("the network has 1 layer with weights, and rates by depth need two",
      tostring(why), 1, true)
    ok, why = pcall(rates.layerwise, { 0 })
    assert.is_false(ok)
    assert.matches("'decay' is 0, want a number at most 1 and above 0", tostring(why), 1, true)
  end)
end)

describe("discriminative", function()
  it("goes in equal factors from lr / ratio to lr", function()
    -- fastai's even_mults(lr / 100, lr, 3): lr / 100, lr / 10, lr.
    local f = factors_of(rates.discriminative { 100 }, MLP)
    assert.near(0.01, f["2.linear.weight"], 1e-15)
    assert.near(0.1, f["5.linear.weight"], 1e-15)
    assert.equal(1, f["7.linear.weight"])
  end)
end)

describe("rates by depth in a run", function()
  it("multiply what groups and the schedule make, and are seen in the metrics", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[
return recipe { name = "r", epochs = 2, metrics = { "rates" }, rates = layerwise { 0.5 },
  data = data.blobs { n = 60, classes = 3, batch = 8, val = 0.2 },
  model = nn.sequential { nn.linear(6), nn.relu(), nn.linear(3) },
  optimizer = optim.sgd { lr = 0.1, groups = { { match = "1.*bias", lr = 0.3 } } },
  schedule = schedule.linear() }]])
    local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))
    assert.equal(0, code, err)
    for _, row in ipairs(metrics.read(folder .. "/runs/r-1/metrics.jsonl")) do
      assert.near(row.lr, row.rates["3.linear.weight"], 1e-12)
      assert.near(row.lr / 2, row.rates["1.linear.weight"], 1e-12)
      assert.near(row.lr * 1.5, row.rates["1.linear.bias"], 1e-12)
    end
    local _, out = program.run(("plan %s/r.lua --json"):format(folder))
    local tensors = {}
    for _, t in ipairs(json.decode(out).tensors) do
      tensors[t.name] = t
    end
    assert.near(0.15, tensors["1.linear.bias"].rate, 1e-12)
    assert.near(0.05, tensors["1.linear.weight"].rate, 1e-12)
    assert.equal(0.5, tensors["1.linear.weight"].factor)
  end)

  it("are those of groups with these rates, to the bit", function()
    local value = schedule.cosine {}
    local by_depth = fit { rates = rates.layerwise { 0.5 }, schedule = value }
    local by_groups = fit { schedule = value, optimizer = optim.adam { lr = 1e-2, groups = {
      { match = "^[123]%.", lr = 0.25e-2 }, { match = "^5%.", lr = 0.5e-2 } } } }
    assert.equal(by_groups.digest, by_depth.digest)
    assert.not_equal(by_depth.digest, fit { schedule = value }.digest)
  end)

  it("are in the limit that the curvature sets as groups are", function()
    local folder, rows = runs.folder(finally), {}
    for i, lines in ipairs { "rates = layerwise { 0.5 }, optimizer = optim.adam { lr = 0.01 }",
      "optimizer = optim.adam { lr = 0.01, groups = { { match = '^1', lr = 0.005 } } }" } do
      program.write(folder .. "/r.lua", ([[
return recipe { name = "r", epochs = 1, data = data.blobs { n = 60, classes = 3, batch = 8 },
  model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(3) }, %s }]]):format(lines))
      local code, out, err = program.run(("probe %s/r.lua --at end --json --quiet"):format(folder))
      assert.equal(0, code, err)
      rows[i] = json.decode(out).points[1]
    end
    assert.is_number(rows[1].rate_over_limit)
    assert.equal(rows[2].rate_over_limit, rows[1].rate_over_limit)
  end)

  it("are refused for an optimizer without a rate", function()
    local ok, why = pcall(fit, { rates = rates.layerwise { 0.5 }, optimizer = optim.rprop {} })
    assert.is_false(ok)
    assert.matches("optim.rprop: its lr is the size of the first steps alone", tostring(why))
  end)
end)

describe("freeze with a time", function()
  local thaw = 6 * units.steps

  it("is freeze until then, for loss, norm and clipping, and trains from there", function()
    for _, clip in ipairs { false, { norm = 0.1 } } do
      local changes = { clip = clip or nil, optimizer = optim.adamw { lr = 1e-2 } }
      changes.steps, changes.freeze = 6, "^[25]%."
      local frozen = fit(changes)
      changes.freeze = { { "^[25]%.", thaw = thaw } }
      local held, run = fit(changes)
      assert.equal(frozen.digest, held.digest)
      assert.equal(frozen.last.grad_norm, held.last.grad_norm)
      local before = run.model:params()["2.linear.weight"]:values()[1]
      changes.steps = 7
      local _, later = fit(changes)
      assert.not_equal(before, later.model:params()["2.linear.weight"]:values()[1])
    end
  end)

  it("takes several times, the first that finds a name", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[
return recipe { name = "r", epochs = 3, metrics = { "rates" },
  data = data.blobs { n = 60, classes = 3, batch = 8, val = 0.2 },
  model = nn.sequential { nn.linear(6), nn.relu(), nn.linear(5), nn.relu(), nn.linear(3) },
  optimizer = optim.adam { lr = 0.1 }, freeze = { { "^1.*bias" }, { "^1%.", thaw = 2*epochs },
    { "^3%.", thaw = 1*epochs } } }]])
    local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))
    assert.equal(0, code, err)
    for epoch, row in ipairs(metrics.read(folder .. "/runs/r-1/metrics.jsonl")) do
      assert.equal(epoch > 2 and 0.1 or 0, row.rates["1.linear.weight"])
      assert.equal(epoch > 1 and 0.1 or 0, row.rates["3.linear.weight"])
      assert.equal(0.1, row.rates["5.linear.weight"])
      assert.is_nil(row.rates["1.linear.bias"])
    end
    local _, out = program.run(("plan %s/r.lua"):format(folder))
    assert.matches("from update 12 +1%.linear%.weight", out)
    assert.matches("from update 6 +3%.linear%.weight, 3%.linear%.bias", out)
  end)

  it("stays exact when it is resumed, extended and replayed", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[
return recipe { name = "r", epochs = 4, rates = layerwise { 0.7 }, clip = { norm = 1 },
  data = data.digits { batch = 32, val = 0.2, limit = 200 }, schedule = schedule.cosine(),
  model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(), nn.linear(10) },
  optimizer = optim.adamw { lr = 0.01, decay = "matrices" },
  freeze = { { "^[12]%.", thaw = 2*epochs, statistics = true } } }]])
    local code, out, err = program.run(("verify-resume %s/r.lua --out %s/v"):format(folder, folder))
    assert.equal(0, code, err)
    assert.matches("the same to the last bit", out)
    local run = folder .. "/runs/r-1"
    assert.equal(0, (program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))))
    assert.equal(0, (program.run(("extend %s --epochs +2 --via stretch --quiet"):format(run))))
    assert.equal(0, (program.run(("continue %s --epochs +1 --lr 0.001 --quiet"):format(run))))
    assert.equal(0, (program.run(("pack %s -o %s/e.yaml"):format(run, folder))))
    code, out = program.run(("replay %s/e.yaml --out %s/again --quiet --json --threads 2"):format(
      folder, folder))
    assert.equal(0, code)
    assert.equal("identical", json.decode(out).verdict)
  end)

  it("shrinks with a squeezed run", function()
    local _, run = fit { freeze = { { "^[25]%.", thaw = thaw } }, squeeze = 0.5, steps = 10,
      metrics = { "rates" } }
    local _, before = fit { freeze = { { "^[25]%.", thaw = thaw } }, squeeze = 0.3, steps = 10 }
    assert.not_equal(before.model:params()["2.linear.weight"]:values()[1],
      run.model:params()["2.linear.weight"]:values()[1])
  end)

  it("works in a loop of one's own, in updates", function()
    local dataset = data.blobs { n = 24, classes = 3, batch = 8 }:open { seed = 1 }
    local model = MLP:build(dataset.shape, { seed = 1,
      freeze = { { "^2%.", thaw = 2 * units.steps } } })
    local o = optim.sgd { lr = 0.1 }:bind(model)
    local start = model:params()["2.linear.weight"]:values()[1]
    for batch in dataset:batches("train", 1) do
      model:step(batch, nn.cross_entropy())
      o:update()
      assert.equal(o.steps > 2, model:params()["2.linear.weight"]:values()[1] ~= start)
    end
    local ok, why = pcall(MLP.build, MLP, dataset.shape, { freeze = { { "^3%.", thaw = 1,
      statistics = true } } })
    assert.is_false(ok)
    assert.matches("nothing tells a batchnorm the time", tostring(why))
  end)
end)

describe("a frozen batchnorm", function()
  local function mean_of(freeze)
    local _, run = fit { freeze = freeze }
    return run.model:buffers()["3.batchnorm.running_mean"]:values()
  end

  it("that moves its statistics is said so by plan", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[
return recipe { name = "r", epochs = 1, data = data.blobs { n = 60, classes = 3, batch = 8 },
  model = nn.sequential { nn.linear(6), nn.batchnorm(), nn.linear(3) },
  optimizer = optim.adam {}, freeze = "^[12]%." }]])
    local _, out = program.run(("plan %s/r.lua"):format(folder))
    assert.matches("2.batchnorm is frozen, and its running statistics move: freeze = { { '^2%.bat",
      out, 1, true)
    _, out = program.run(("plan %s/r.lua --set 'freeze={{\"^[12]\",statistics=true}}'"):format(
      folder))
    assert.is_nil(out:find("running statistics move", 1, true))
  end)

  it("moves its statistics, and keeps them where that is asked", function()
    local moved = mean_of "^3%."
    assert.not_equal(0, moved[1])
    assert.same({ 0, 0, 0, 0, 0, 0 }, mean_of { { "^3%.", statistics = true } })
    assert.same(moved, mean_of { { "^3%." } })
    assert.not_same({ 0, 0, 0, 0, 0, 0 }, mean_of { { "^3%.", statistics = true,
      thaw = 9 * units.steps } })
  end)

  it("normalises by them while it trains", function()
    -- With mean 0 and variance 1 it is x / sqrt(1 + eps), which is nothing beside rounding.
    local model = nn.sequential { nn.linear(4), nn.batchnorm { eps = 1e-30 }, nn.linear(3) }
    local plain = nn.sequential { nn.linear(4), nn.dropout(0), nn.linear(3) }
    local a = fit { model = model, freeze = { { "^2%.", statistics = true } } }
    local b = fit { model = plain }
    assert.near(b.last.train_loss, a.last.train_loss, 1e-5)
  end)
end)
