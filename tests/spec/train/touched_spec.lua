-- Of a table of embeddings backward, norm and update pass over rows without gradient. What the run
-- says of the gradient is what its parameters' norms, which look at all of it, come to.

local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

-- Of 90 tokens a batch has few, and each has others.
local TOKENS, NEXT, CLASSES = {}, {}, {}
for i = 1, 12 do
  TOKENS[i], NEXT[i], CLASSES[i] = {}, {}, i % 2
  for s = 1, 4 do
    TOKENS[i][s], NEXT[i][s] = (i * 7 + s) % 90, (i * 7 + s + 1) % 90
  end
end

local TABLE = { 16, vocab = 90, name = "table" }

local function classes(keys)
  return data.table { x = TOKENS, y = CLASSES, vocab = 90, batch = keys.batch, val = 0 },
    nn.sequential { nn.embedding(TABLE), nn.lstm(4), nn.linear(2) }
end

local function tied(keys)
  return data.table { x = TOKENS, y = NEXT, vocab = 90, batch = keys.batch, val = 0 },
    nn.sequential { nn.embedding(TABLE), nn.linear { tied = "table" } }
end

local function check(make, keys)
  local set, model = make(keys)
  local steps = 0
  train.fit(recipe { data = set, model = model, epochs = 4, seed = 1, metrics = { "grad_norms" },
    accumulate = keys.accumulate, shards = keys.shards, optimizer = optim.sgd { lr = 0.5 },
    on = { epoch = function(s)
      local sum = 0
      for name, norm in pairs(s.grad_norms) do
        local whole = name:find "%.weight" or name:find "%.bias" -- not a part of the network
        sum = sum + (whole and norm.mean ^ 2 or 0)
      end
      assert.is_true(sum > 0)
      assert.near(math.sqrt(sum), s.grad_norm, 1e-6 * math.sqrt(sum))
      steps = steps + 1
    end },
  }, { record = false, quiet = true })
  assert.equal(4, steps)
end

describe("the gradient of a table of embeddings", function()
  it("has one norm, whoever looks", function()
    check(classes, { batch = 12 })
  end)

  it("has it over several batches of an update", function()
    check(classes, { batch = 4, accumulate = 3 })
  end)

  it("has it in shards", function()
    check(classes, { batch = 12, shards = 3 })
  end)

  it("has it where another layer takes the table", function()
    check(tied, { batch = 12 })
  end)
end)
