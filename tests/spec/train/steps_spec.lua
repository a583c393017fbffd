-- Training on data with a target at each step: means are over steps, whatever the batches'
-- sizes; padding has no part in them; the program says a label for each step.

local data = require "lrrun.data"
local files = require "support.files"
local json = require "lrrun.record.json"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local tensor = require "lrrun.native.tensor"
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true }

local TOKENS = { { 1, 2, 3, 1, 0 }, { 4 }, { 5, 0 }, { 2, 2, 2, 1 }, { 3, 1 }, { 0, 4, 5 } }
local TAGS = { { 0, 1, 1, 0, 0 }, { 1 }, { 1, 0 }, { 1, 0, 0, 1 }, { 1, 0 }, { 0, 1, 1 } }

local function tagged(opts)
  opts.x, opts.y, opts.vocab = TOKENS, TAGS, 6
  return data.table(opts)
end

local function network()
  return nn.sequential { nn.embedding(3), nn.gru { 4, sequences = true, bidirectional = true },
    nn.linear(2) }
end

local function fit(changes)
  local r = {
    data = tagged { batch = 6 }, model = network(), optimizer = optim.sgd { lr = 0.5 },
    epochs = 3, seed = 4,
  }
  for key, item in pairs(changes) do
    r[key] = item
  end
  return train.fit(recipe(r), QUIET)
end

local function near(want, got)
  for name, t in pairs(want) do
    local other = got[name]:values()
    for i, v in ipairs(t:values()) do
      assert.near(v, other[i], 1e-5 * math.abs(v) + 1e-6, name)
    end
  end
end

describe("training on steps", function()
  it("makes the same update of batches of other sizes as of one", function()
    local result, whole = fit {}
    for _, batch in ipairs { 1, 2, 4 } do
      local parts, run = fit { data = tagged { batch = batch }, accumulate = 6 }
      near(whole.model:params(), run.model:params())
      assert.near(result.last.train_loss, parts.last.train_loss, 1e-5)
      assert.near(result.last.train_accuracy, parts.last.train_accuracy, 1e-9)
    end
  end)

  it("takes real targets at each step", function()
    local x, y = {}, {}
    for i = 1, 8 do
      x[i], y[i] = {}, {}
      for s = 1, 1 + i % 4 do
        x[i][s], y[i][s] = { s / 4, i / 8 }, { s / 4 - i / 8, i / 8 }
      end
    end
    local result = fit { data = data.table { x, y, batch = 3 }, optimizer = optim.adam { lr = 0.1 },
      model = nn.linear(2), epochs = 80 }
    assert.is_true(result.last.train_loss < 1e-3)
    local still = fit { data = data.table { { { 1, 2 }, { 3, 4 } }, { { 1, 3 }, { 2, 4 } },
      shape = { 2, 1 }, task = "regression", batch = 2 }, model = nn.linear(1) }
    assert.is_true(still.last.train_loss > 0)
  end)

  it("is measured over steps, by class and in all, whatever the batch", function()
    local figures = {}
    for i, batch in ipairs { 6, 1 } do
      local _, run = fit { data = tagged { batch = batch, shuffle = false }, epochs = 1,
        optimizer = optim.sgd { lr = 0 } }
      figures[i] = train.evaluate(run, { split = "train" })
    end
    local a, b = figures[1], figures[2]
    assert.equal(6, a.n)
    assert.equal(17, a.steps)
    assert.near(a.loss, b.loss, 1e-6)
    assert.near(a.accuracy, b.accuracy, 1e-12)
    assert.equal(8, a.classes[1].n)
    assert.equal(9, a.classes[2].n)
    local right = a.classes[1].accuracy * 8 + a.classes[2].accuracy * 9
    assert.near(a.accuracy, right / 17, 1e-9)
  end)

  it("is measured by a model of one's own as by a run: texts in bytes, tags by entity", function()
    local folder = files.folder()
    local text = files.write(folder, "t.txt", ("the cat sat on the mat\n"):rep(20))
    local tags = files.write(folder, "t.tsv", ("Ann B-PER\nLee I-PER\nsat O\n\nhe O\n\n"):rep(9))
    local next_one = { text, task = "lm", context = 6, val = 0.3, seed = 4 }
    for metric, of in pairs {
      bits_per_byte = { data.text(next_one), "vocab" },
      f1 = { data.text { tags, task = "tags", val = 0.3, seed = 4 }, 3 },
    } do
      local _, run = fit { data = of[1], model = nn.sequential { nn.embedding(4),
        nn.linear(of[2]) }, optimizer = optim.sgd { lr = 0 } }
      local want = train.evaluate(run, { split = "val" })
      local got = train.evaluate(run.model, { data = of[1], split = "val",
        loss = nn.cross_entropy() })
      assert.equal(want[metric], got[metric] or metric)
      assert.equal(want.loss, got.loss)
    end
  end)

  it("says what a network has to give", function()
    local function says(text, changes)
      assert.matches(text, files.failure(fit, changes) or "nothing", 1, true)
    end
    says("nn.sequential: the output is (2) for each sample, and data.table has one of 2 classes "
      .. "at each of its steps: want (t, 2) (a layer before it makes one of all steps: pooling, "
      .. "nn.flatten, nn.last, nn.first, or a recurrent layer without sequences = true)", {
        model = nn.sequential { nn.embedding(3), nn.gru(4), nn.linear(2) },
      })
    says("nn.sequential: the output is (5, 3) for each sample, and data.table has one of 2 "
      .. "classes at each of its steps: want (t, 2)", {
        model = nn.sequential { nn.embedding(3), nn.linear(3) },
      })
    says("want (t, 2) (a layer before it changes the number of steps)", {
      model = nn.sequential { nn.embedding(3), nn.conv1d { 2, kernel = 2 } },
    })
    says("nn.mse: the targets of data.table are 2 classes", { loss = nn.mse() })
  end)
end)

describe("a step on steps", function()
  local function model()
    return network():build({ 9 }, { seed = 3, seq = true, vocab = 6, batch = 2 })
  end

  -- Two samples of 3 and 2 steps, padded to t with `pad`.
  local function batch(t, pad)
    local x, y = {}, {}
    for i, sample in ipairs { { 1, 2, 3 }, { 5, 4 } } do
      for s = 1, t do
        x[(i - 1) * t + s] = sample[s] or pad
        y[(i - 1) * t + s] = sample[s] and sample[s] % 2 or pad % 2
      end
    end
    return { x = tensor.new({ 2, t }, x, "i32"), y = tensor.new({ 2, t }, y, "i32"), t = t,
      len = tensor.new({ 2 }, { 3, 2 }, "i32") }
  end

  it("gives the same loss and gradients with longer padding, whatever stands in it", function()
    local want = model()
    local loss, right = want:step(batch(3, 0), nn.cross_entropy())
    for _, other in ipairs { { 9, 0 }, { 9, 5 }, { 3, 1 } } do
      local m = model()
      local value, correct = m:step(batch(table.unpack(other)), nn.cross_entropy())
      assert.near(loss, value, 1e-6)
      assert.equal(right, correct)
      near(want:grads(), m:grads())
    end
  end)

  it("is measured and answered at each step", function()
    local m = model()
    local b = batch(3, 0)
    m:step(b, nn.cross_entropy())
    local loss, right = m:evaluate(b)
    assert.is_true(loss > 0 and right <= 5)
    assert.same({ 2, 3, 2 }, m:forward(b.x, { len = b.len, t = 3 }):shape())
  end)
end)

describe("the program", function()
  it("trains, measures and answers for a tagger", function()
    local folder = program.folder(finally)
    local code, out, err = program.recipe(finally, [[
      local x, y, state = {}, {}, 1
      for i = 1, 40 do
        x[i], y[i] = {}, {}
        for s = 1, 2 + i % 5 do
          state = (state * 7 + 3) % 101
          x[i][s], y[i][s] = state % 4, state % 4 > 1 and "high" or "low"
        end
      end
      return recipe { name = "tagger", seed = 2, epochs = 6, accumulate = 2,
        data = data.table { x, y, vocab = 4, batch = 5, val = 0.25 },
        model = nn.sequential { nn.embedding(4), nn.linear(2) },
        optimizer = optim.adam { lr = 0.2 } }]], "--json --quiet --out " .. folder)
    assert.equal(0, code, err)
    local result = json.decode(out)
    assert.equal(1, result.last.val_accuracy)
    local function run(fmt, ...)
      local status, text, errors = program.run(fmt:format(...))
      assert.equal(0, status, errors)
      return text
    end
    local measured = json.decode(run("eval %s --json", result.run))
    assert.equal(10, measured.n)
    assert.is_true(measured.steps > 20)
    assert.near(result.last.val_loss, measured.loss, 1e-6)
    assert.matches("class +steps +accuracy", run("eval %s", result.run))
    local input = files.write(folder, "in.npy", files.npy("<i4", { 2, 3 },
      string.pack("<i4i4i4i4i4i4", 0, 3, 2, 1, 1, 2)))
    assert.matches("1  low high high\n2  low low high", run("predict %s --input %s", result.run,
      input), 1, true)
    local answers = json.decode(run("predict %s --input %s --json", result.run, input))
    assert.equal("high", answers.predictions[2].steps[3].label)
    assert.is_nil(answers.predictions[2].steps[3].top)
    local long = files.write(folder, "long.npy", files.npy("<i4", { 1, 9 }, ("\0"):rep(36)))
    local refused, _, why = program.run(("predict %s --input %s"):format(result.run, long))
    assert.equal(1, refused)
    assert.matches("have 9 steps, the model takes up to 6", why, 1, true)
  end)
end)
