-- Batch normalisation of each shard by itself (nn.batchnorm { sync = false }).

local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true }

local TOKENS, TAGS = {}, {}
for i = 1, 24 do
  TOKENS[i], TAGS[i] = {}, {}
  for s = 1, 4 do
    TOKENS[i][s], TAGS[i][s] = (i * s) % 6, (i + s) % 2
  end
end

local CASES = {
  features = function(batch, norm)
    return data.digits { limit = 80, batch = batch }, nn.sequential { nn.linear(12), norm,
      nn.relu(), nn.linear(10) }
  end,
  pictures = function(batch, norm)
    return data.digits { limit = 80, batch = batch }, nn.sequential { nn.reshape(1, 8, 8),
      nn.conv2d { 4, 3 }, norm, nn.relu(), nn.flatten(), nn.linear(10) }
  end,
  ["steps of sequences"] = function(batch, norm)
    return data.table { x = TOKENS, y = TAGS, vocab = 6, batch = batch * 3 // 5,
      shuffle = false }, nn.sequential { nn.embedding(5), norm, nn.linear(2) }
  end,
}

local function fit(set, model, keys)
  local r = { data = set, model = model, epochs = 2, seed = 4,
    optimizer = optim.sgd { lr = 0.1, momentum = 0.9 } }
  for key, item in pairs(keys) do
    r[key] = item
  end
  local _, run = train.fit(recipe(r), QUIET)
  return run.model
end

local function near(want, got)
  for name, t in pairs(want) do
    local other = got[name]:values()
    for i, v in ipairs(t:values()) do
      assert.near(v, other[i], 2e-4 * math.abs(v) + 2e-5, name)
    end
  end
end

-- Four rows of two columns, and what two shards of two rows make of the running statistics.
local X = { { 1, 10 }, { 3, 10 }, { 6, 14 }, { 10, 22 } }
local MEAN = { 0.1 * 5, 0.1 * 14 }
local VARIANCE = { 0.9 + 0.1 * (2 + 8) / 2, 0.9 + 0.1 * (0 + 32) / 2 }

describe("batch normalisation of shards by themselves", function()
  for case, make in pairs(CASES) do
    it("learns as from so many batches of their size in one update: " .. case, function()
      local set, model = make(20, nn.batchnorm { sync = false })
      local a = fit(set, model, { shards = 4 })
      set, model = make(5, nn.batchnorm())
      near(a:params(), fit(set, model, { accumulate = 4 }):params())
    end)
  end

  it("moves running statistics towards the batch's mean and the shards' variance", function()
    local set = data.table { x = X, y = { 0, 1, 0, 1 }, batch = 4, normalize = false,
      shuffle = false }
    local model = fit(set, nn.sequential { nn.batchnorm { sync = false }, nn.linear(2) },
      { shards = 2, epochs = 1 })
    for name, want in pairs { ["1.batchnorm.running_mean"] = MEAN,
      ["1.batchnorm.running_var"] = VARIANCE } do
      local got = model:buffers()[name]:values()
      assert.near(want[1], got[1], 1e-5)
      assert.near(want[2], got[2], 1e-5)
    end
  end)

  it("is the usual one where a batch is one shard, and says so", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[
return recipe { name = "r", epochs = 1, seed = 1, shards = option("shards", 1),
  data = data.digits { limit = 60, batch = 20 },
  model = nn.sequential { nn.linear(4), nn.batchnorm { sync = option("sync", false) },
    nn.linear(10) },
  optimizer = optim.sgd { lr = 0.1 } }]])
    local first
    for _, sync in ipairs { "true", "false" } do
      local code, out, err = program.run_in(folder, "r.lua --set sync=" .. sync)
      assert.equal(0, code, err)
      local digest = out:match "digest (%x+)"
      first = first or digest
      assert.equal(first, digest)
      assert.equal(sync == "false", (out .. err):find("nn.batchnorm { sync = false } has no "
        .. "effect: the recipe has one shard (shards = 8", 1, true) ~= nil)
    end
    local code, out, err = program.run_in(folder, "plan r.lua --set shards=20")
    assert.equal(0, code, err)
    assert.truthy(out:find("sync = false } meets a shard of one sample", 1, true))
  end)
end)
