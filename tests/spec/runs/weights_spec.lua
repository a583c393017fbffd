-- Which weights a run leaves: the best epoch's, or with restore_best = false the last one's; of an
-- average of them where there is one.

local data = require "lrrun.data"
local json = require "lrrun.record.json"
local execute = require "lrrun.runs.execute"
local resolve = require "lrrun.recipe.resolve"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local runs = require "support.runs"
local stop = require "lrrun.stop"
local train = require "lrrun.language.train"

-- A rate so high that the best epoch is not the last one.
local function value(changes)
  local fields = { data = data.digits { batch = 32, val = 0.2 }, epochs = 8,
    model = nn.sequential { nn.linear(32), nn.relu(), nn.linear(10) },
    optimizer = optim.sgd { lr = 1.5, momentum = 0.9 } }
  for key, item in pairs(changes or {}) do
    fields[key] = item
  end
  return recipe(fields)
end

local function early(restore_best)
  return stop.early { patience = 3, restore_best = restore_best }
end

local function fit(changes)
  return train.fit(value(changes), { record = false, quiet = true })
end

-- The epoch's figures are those of the weights that are there.
local function are_of(figures, run)
  local got = train.evaluate(run, { split = "val" })
  assert.is_true(math.abs(got.loss - figures.val_loss) < 1e-6 * figures.val_loss)
  assert.equal(figures.val_accuracy, got.accuracy)
end

describe("the weights that a run leaves", function()
  it("are the best epoch's, with a rule and without", function()
    for _, rule in ipairs { early(), early(true), false } do
      local result, run = fit { stop = rule or nil }
      assert.is_true(result.best.epoch < result.epochs)
      assert.equal("best", result.weights)
      are_of(result.best, run)
    end
  end)

  it("are the last epoch's with restore_best = false, and the digest is the same", function()
    local best = fit { stop = early() }
    local last, run = fit { stop = early(false) }
    assert.equal("last", last.weights)
    assert.not_equal(last.best.val_loss, last.last.val_loss)
    are_of(last.last, run)
    assert.equal(best.digest, last.digest)
    assert.same(best.last, last.last)
  end)

  it("are the average of the last epoch's where there is one", function()
    local last, run = fit { stop = early(false), ema = 0.9 }
    are_of(last.last, run)
  end)

  it("are the average before a first validation too", function()
    local run = execute.begin(resolve.for_run(value { ema = 0.9 }), { record = false })
    local average
    local result = execute.train(run, { step = 0, epoch = 0 }, { quiet = true,
      hook = function(_, state)
        average = run.session:tensors().ema:values()
        return state.step == 3 and "interrupted" or nil
      end })
    assert.equal("last", result.weights)
    assert.same(average, run.session:tensors().params:values())
  end)
end)

describe("weights.safetensors", function()
  local RECIPE = [[
return recipe {
  data = data.digits { batch = 32, val = 0.2 },
  model = nn.sequential { nn.linear(32), nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = 1.5, momentum = 0.9 },
  stop = stop.early { patience = 3, restore_best = option("best", false) },
  epochs = 8,
}
]]

  it("has what the result says, and eval measures that", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    for i, which in ipairs { "last", "best" } do
      local code, out = program.run(("%s/r.lua --out %s/runs --quiet --json --set best=%s")
        :format(folder, folder, which == "best"))
      assert.equal(0, code)
      local result = json.decode(out)
      assert.equal(which, result.weights)
      local _, measured = program.run(("eval %s/runs/r-%d --split val --json"):format(folder, i))
      local got = json.decode(measured)
      assert.equal(result[which].val_accuracy, got.accuracy)
      assert.is_true(math.abs(result[which].val_loss - got.loss) < 1e-6 * got.loss)
      assert.not_equal(result.best.val_loss, result.last.val_loss)
    end
    local _, text = program.run(("plan %s/r.lua"):format(folder))
    assert.matches("weights of the last epoch, best figures by val_loss", text)
  end)
end)
