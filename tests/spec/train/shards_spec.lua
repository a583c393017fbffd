-- A batch in shards: the same training but for rounding, and the same bits for any number of
-- threads. Networks with all that looks at a batch as a whole, or at places in it.

local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true }

local TOKENS, TAGS = {}, {}
for i = 1, 23 do
  TOKENS[i], TAGS[i] = {}, {}
  for s = 1, 1 + i * 7 % 6 do
    TOKENS[i][s], TAGS[i][s] = (i * s) % 6, (i + s) % 2
  end
end

local function digits(keys)
  keys.limit, keys.val, keys.batch = 100, 0.2, 20
  return data.digits(keys)
end

local function tagged()
  return data.table { x = TOKENS, y = TAGS, vocab = 6, batch = 7 }
end

-- Its last batch is cut unevenly, and so are all of the tagged.
local CASES = {
  ["batchnorm over features, dropout"] = function()
    return digits {}, nn.sequential { nn.linear(12), nn.batchnorm(), nn.relu(), nn.dropout(0.3),
      nn.linear(10) }
  end,
  ["batchnorm over pictures, dropout of channels"] = function()
    return digits {}, nn.sequential { nn.reshape(1, 8, 8), nn.conv2d { 4, 3 }, nn.batchnorm(),
      nn.relu(), nn.dropout { 0.3, spatial = true }, nn.flatten(), nn.linear(10) }
  end,
  ["batchnorm over steps of sequences"] = function()
    return tagged(), nn.sequential { nn.embedding(5), nn.batchnorm(), nn.dropout(0.2),
      nn.lstm { 4, sequences = true }, nn.linear(2) }
  end,
  ["dropout of attention"] = function()
    return tagged(), nn.sequential { nn.embedding(4), nn.positions(),
      nn.transformer { 1, heads = 2, dropout = 0.3 }, nn.linear(2) }
  end,
  ["batchnorm of values far from 0"] = function()
    local x, y = {}, {}
    for i = 1, 20 do
      x[i], y[i] = { 300 + i % 5, -70 + i % 3 }, i % 2
    end
    return data.table { x = x, y = y, batch = 10, normalize = false },
      nn.sequential { nn.batchnorm(), nn.linear(4), nn.relu(), nn.linear(2) }
  end,
  ["a weight of two layers"] = function()
    return data.random { tokens = 12, length = 5, task = "lm", n = 21, batch = 7, val = 0 },
      nn.sequential { nn.embedding { 4, name = "tokens" }, nn.lstm { 4, sequences = true },
        nn.linear { tied = "tokens", bias = false } }
  end,
}

local function fit(case, changes)
  local set, model = CASES[case]()
  local r = { data = set, model = model, optimizer = optim.sgd { lr = 0.1, momentum = 0.9 },
    epochs = 2, seed = 4 }
  for key, item in pairs(changes) do
    r[key] = item
  end
  return train.fit(recipe(r), QUIET)
end

local function near(want, got)
  for name, t in pairs(want) do
    local other = got[name]:values()
    for i, v in ipairs(t:values()) do
      assert.near(v, other[i], 2e-4 * math.abs(v) + 2e-5, name)
    end
  end
end

describe("a batch in shards", function()
  for case in pairs(CASES) do
    it("trains as one that is whole, but for rounding: " .. case, function()
      local result, whole = fit(case, { shards = 1 })
      for _, shards in ipairs { 2, 3, 7 } do
        local other, run = fit(case, { shards = shards })
        near(whole.model:params(), run.model:params())
        near(whole.model:buffers(), run.model:buffers())
        assert.near(result.last.train_loss, other.last.train_loss, 1e-4)
        assert.near(result.last.train_accuracy, other.last.train_accuracy, 0.02)
      end
    end)
  end

  it("may be one of several of an update", function()
    local case = "batchnorm over features, dropout"
    local _, whole = fit(case, { accumulate = 3, ema = 0.9, clip = { norm = 0.5 } })
    local _, run = fit(case, { accumulate = 3, ema = 0.9, clip = { norm = 0.5 }, shards = 4 })
    near(whole.model:params(), run.model:params())
  end)

  it("counts for each metric", function()
    local case = "batchnorm over features, dropout"
    local keys = { metrics = { "f1", "auc", "grad_norms" }, epochs = 1 }
    local a = fit(case, keys)
    keys.shards = 5
    local b = fit(case, keys)
    assert.near(a.last.train_f1, b.last.train_f1, 1e-6)
    assert.near(a.last.train_auc, b.last.train_auc, 1e-4)
  end)

  it("may not be cut into more pieces than it has samples", function()
    assert.has_error(function()
      fit("batchnorm over features, dropout", { shards = 21 })
    end, "recipe: 'shards' is 21, and a batch has 20 samples; want at most as many")
  end)

  it("has one digest on any number of threads and any instruction set", function()
    local folder = program.folder(finally)
    program.write(folder .. "/s.lua", [[
return recipe { name = "s", epochs = 1, shards = 3,
  data = data.digits { limit = 200, batch = 50 },
  model = nn.sequential { nn.reshape(1, 8, 8), nn.conv2d { 8, 3 }, nn.batchnorm(), nn.relu(),
    nn.dropout(0.2), nn.flatten(), nn.linear(64), nn.batchnorm(), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = 1e-3 } }]])
    local first
    for _, how in ipairs { { "--threads 1" }, { "--threads 3" },
      { "--threads 2", "LRRUN_ISA=sse2" } } do
      local code, out, err = program.run_in(folder, "--json --quiet s.lua --portable " .. how[1],
        how[2])
      assert.equal(0, code, err)
      local digest = out:match '"digest":%s*"(%x+)"'
      assert.is_string(digest)
      first = first or digest
      assert.equal(first, digest)
    end
  end)
end)
