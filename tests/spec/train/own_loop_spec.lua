-- Training loops of one's own, in a script.
local json = require "lrrun.record.json"
local program = require "support.program"

-- The loop of the recipe language's description, word for word, and the same as a recipe.
local SCRIPT = [[
local source = data.digits { batch = 64, limit = 320 }
local function network()
  return nn.sequential { nn.linear(16), nn.batchnorm(), nn.relu(), nn.linear(10) }
end
local dataset, sched = source, schedule.cosine { min = 1e-5 }
local clock = { lr = 1e-3, steps_per_epoch = 5, total_steps = 15 }

local model = network():build(dataset.shape, { seed = 1 })
local opt   = optim.adam { lr = 1e-3 }:bind(model)
for epoch = 1, 3 do
  for batch in dataset:batches("train", epoch) do
    local loss = model:step(batch, nn.cross_entropy())   -- forward and backward
    opt:update { lr = sched:at(opt.steps, clock) }
  end
end

local result, run = train.fit(recipe { data = source, model = network(), epochs = 3, seed = 1,
  optimizer = optim.adam { lr = 1e-3 }, schedule = sched,
}, { record = false, quiet = true })
local far = 0
local fitted = run.model:params()
for name, tensor in pairs(model:params()) do
  local a, b = tensor:values(), fitted[name]:values()
  for i = 1, #a do
    far = math.max(far, math.abs(a[i] - b[i]))
  end
end
print(opt.steps, result.steps, far)
]]

describe("a loop of one's own", function()
  it("runs as it is written, and makes the same weights as a recipe", function()
    local code, out, err = program.recipe(finally, SCRIPT, "--lua-seconds 5")
    assert.equal(0, code, err)
    local steps, same, far = out:match "^(%d+)%s+(%d+)%s+(%S+)"
    assert.equal("15", steps)
    assert.equal("15", same)
    assert.equal(0.0, tonumber(far))
  end)

  it("may take batches of validation and measure", function()
    local code, out, err = program.recipe(finally, [[
      local dataset = data.digits { batch = 64, limit = 320, val = 0.25 }
      local model = nn.linear(10):build(dataset, { seed = 2 })
      local loss, n = nn.cross_entropy(), 0
      for batch in dataset:batches("train", 1) do
        model:step(batch, loss)
      end
      for batch in dataset:batches "val" do
        local mean, right = model:evaluate(batch)
        assert(mean > 0 and right <= batch.n)
        n = n + batch.n
      end
      print(n, dataset.splits.val, dataset.classes)]], "--lua-seconds 5")
    assert.equal(0, code, err)
    assert.matches("^80%s+80%s+10", out)
  end)

  it("gives the results of its trainings as one JSON document", function()
    local code, out, err = program.recipe(finally, [[
      print "hello"
      for seed = 1, 2 do
        train.fit(recipe { data = data.digits { limit = 100 }, model = nn.linear(10), epochs = 1,
          optimizer = optim.adam {}, seed = seed }, { record = false })
      end]], "--json --lua-seconds 5")
    assert.equal(0, code, err)
    local runs = json.decode(out).runs
    assert.equal(2, #runs)
    assert.are_not.equal(runs[1].digest, runs[2].digest)
    assert.matches("hello", err)
    code, out = program.recipe(finally, "print(1)", "--json")
    assert.equal(0, code)
    assert.same({}, json.decode(out).runs)
  end)
end)
