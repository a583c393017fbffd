-- A batch that goes through its network in parts, one after another or side by side: as one that
-- goes at once but for the rounding of sums of gradients.

local builder = require "lrrun.nn.builder"
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local native = require "lrrun.native.session"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true }

local WRITER = nn.sequential { nn.embedding(16), nn.positions(),
  nn.transformer { 2, heads = 2, causal = true, dropout = 0.2 }, nn.linear(17) }
local READER = nn.sequential { nn.embedding(16), nn.positions(),
  nn.transformer { 1, heads = 4, dropout = 0.1 }, nn.last(), nn.linear(3) }

-- Samples of many lengths, 3 classes.
local function lengths()
  return data.random { tokens = 23, length = 30, classes = 3, n = 50, batch = 9, val = 0.3 }
end

local function texts()
  return data.random { tokens = 17, length = 12, task = "lm", n = 40, batch = 11, val = 0.25 }
end

-- Bytes of lanes, of the sessions made since.
local lanes

-- A run whose batches go in parts of `rows` positions or more; nil: whole.
local function fit(rows, changes, request)
  local new, new_session = builder.new, native.new
  local r = { steps = 7, seed = 3, data = texts(),
    -- none that divides by a gradient's size: that of keys' bias is rounding alone
    optimizer = optim.sgd { lr = 0.1, momentum = 0.9 },
    model = WRITER }
  for key, value in pairs(changes or {}) do
    r[key] = value
  end
  builder.new = function(context)
    local b = new(context)
    b.graph:parts(rows and 0 or math.maxinteger, rows or 0)
    return b
  end
  lanes = 0
  native.new = function(...)
    local session = new_session(...)
    lanes = lanes + session:lane_bytes()
    return session
  end
  local ok, result, run = pcall(train.fit, recipe(r), request or QUIET)
  builder.new, native.new = new, new_session
  assert(ok, result)
  return result, run
end

local function near(want, got, what)
  for i, x in ipairs(want:values()) do
    local y = got:values()[i]
    assert.is_true(math.abs(x - y) <= 2e-4 * (1 + math.abs(x)),
      ("%s: %g, want %g"):format(what, y, x))
  end
end

local function same_but_rounding(changes, rows)
  local want, whole = fit(nil, changes)
  local got, run = fit(rows or 24, changes)
  assert.is_true(run.model.batch < whole.model.batch)
  for name, t in pairs(whole.model:params()) do
    near(t, run.model:params()[name], name)
  end
  for key, value in pairs(want.last) do
    if math.type(value) == "float" and (key:find "^val_" or key:find "^train_") then
      assert.near(value, got.last[key], 1e-3 * (1 + math.abs(value)), key)
    end
  end
end

describe("A batch in parts", function()
  it("trains as it does whole, dropout and a smaller last batch among it", function()
    same_but_rounding {}
    same_but_rounding({}, 12) -- a sample each
  end)

  it("does so with samples of many lengths", function()
    same_but_rounding({ data = lengths(), model = READER, metrics = { "f1", "auc" } }, 60)
  end)

  it("does so where gradients are accumulated, clipped, and weights averaged", function()
    same_but_rounding { accumulate = 3, clip = { norm = 0.5 },
      average = { kind = "ema", decay = 0.9 } }
  end)

  it("does so with optimizers that want several gradients for an update", function()
    same_but_rounding { optimizer = optim.sam { base = optim.sgd { lr = 0.1 }, rho = 0.05 } }
  end)

  it("does so with smoothed labels, whose perplexity is told", function()
    same_but_rounding { loss = nn.cross_entropy { label_smoothing = 0.1 },
      metrics = { "perplexity" } }
  end)

  it("is whole where an operator takes sums of it, in shards, or without attention", function()
    local _, run = fit(1, { model = nn.sequential { nn.embedding(16),
      nn.lstm { 16, sequences = true }, nn.linear(17) } })
    assert.equal(11, run.model.batch)
    _, run = fit(1, { shards = 3 })
    assert.equal(11, run.model.batch)
  end)

  it("gives curvature and noise of whole batches, and trains on in parts", function()
    local got = fit(24, { metrics = { "sharpness" } })
    local want = fit(nil, { metrics = { "sharpness" } })
    assert.near(want.last.sharpness, got.last.sharpness, 0.02 * want.last.sharpness)
  end)

  -- Parts of a sample or two, so many that they go side by side.
  local function many()
    return { data = data.random { tokens = 17, length = 24, task = "lm", n = 130, batch = 50,
      val = 0.25 } }
  end

  it("does so side by side, with accumulation and a smaller last batch", function()
    local changes = many()
    changes.accumulate = 2
    same_but_rounding(changes)
    assert.is_true(lanes > 0)
    -- whose gradients are more than its activations
    fit(24, { data = data.random { tokens = 5000, length = 12, classes = 3, n = 40, batch = 11,
      val = 0.25 }, model = READER })
    assert.equal(0, lanes)
  end)

  it("has the same bits whether somebody looks at its parts between forward and back", function()
    local function digest(model, metrics, steps)
      local changes = { model = model, metrics = metrics, steps = steps, data = data.random {
        tokens = 23, length = 30, classes = 3, n = 200, batch = 60, val = 0.3 } }
      local result = fit(60, changes)
      assert.is_true(lanes > 0)
      return result.digest
    end
    -- 40 updates: what is looked at now and then, too
    assert.equal(digest(READER, {}, 40), digest(READER, { "f1", "auc" }, 40))
  end)

  it("says what is first not finite where a part of it is the one", function()
    local code, out, err = program.recipe(finally, [[
return recipe { steps = 9, optimizer = optim.sgd { lr = 1e30 },
  data = data.random { tokens = 50, length = 64, task = "lm", n = 128, batch = 128, val = 0 },
  model = nn.sequential { nn.embedding(64), nn.positions(),
    nn.transformer { 4, heads = 4, causal = true }, nn.linear(50) } }]], "--quiet")
    assert.equal(3, code)
    assert.match("attention was infinite first in update 2", out .. err)
  end)
end)

-- 8,192 positions of 64 columns: far more than 16 MiB at once.
local LARGE = [[
return recipe { steps = 3, seed = 5, optimizer = optim.adamw { lr = 1e-3 },
  data = data.random { tokens = 50, length = 64, task = "lm", n = 272, batch = 128, val = 0.06 },
  model = nn.sequential { nn.embedding(64), nn.positions(),
    nn.transformer { 4, heads = 4, causal = true, dropout = 0.1 }, nn.linear(50) } }]]

describe("A recipe with large batches", function()
  it("goes in parts by itself, and plan says so", function()
    local folder = program.folder(finally)
    program.write(folder .. "/large.lua", LARGE)
    local code, out, err = program.run_in(folder, "plan large.lua")
    assert.equal(0, code, err)
    assert.match("batches go through the network in %d+ parts of %d+ samples at most", out)
    assert.match("parts side by side %d", out)
  end)

  it("says what takes less memory than parts side by side", function()
    local folder = program.folder(finally)
    program.write(folder .. "/large.lua", LARGE)
    local code, _, err = program.run_in(folder, "run large.lua --threads 4 --memory 36M")
    assert.equal(4, code)
    assert.match("no memory for parts of a batch side by side.*%-%-threads 1%) takes less", err)
  end)

  it("has one digest for any number of threads, and resumes to it", function()
    local folder = program.folder(finally)
    program.write(folder .. "/large.lua", LARGE)
    local digests = {}
    for _, threads in ipairs { 1, 3 } do
      local code, out, err = program.run_in(folder, "run large.lua --threads " .. threads)
      assert.equal(0, code, err)
      digests[#digests + 1] = out:match "digest (%x+)"
    end
    assert.equal(digests[1], digests[2])
    local code, out, err = program.run_in(folder, "verify-resume large.lua")
    assert.equal(0, code, out .. err)
  end)
end)
