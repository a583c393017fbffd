local nn = require "lrrun.nn"
local sys = require "lrrun.native.sys"
local tensor = require "lrrun.tensor"

local function tokens(shape, values)
  return tensor.new(shape, values, "i32")
end

describe("nn.embedding", function()
  it("gives each token its row of the weight", function()
    local model = nn.embedding { 2, vocab = 3 }:build({ 4 }, { batch = 2 })
    model:params().weight:set { 1, 2, 3, 4, 5, 6 }
    local y = model:forward(tokens({ 2, 4 }, { 0, 1, 2, 2, 1, 1, 0, 0 }))
    assert.same({ 2, 4, 2 }, y:shape())
    assert.same({ 1, 2, 3, 4, 5, 6, 5, 6, 3, 4, 3, 4, 1, 2, 1, 2 }, y:values())
  end)

  it("takes tokens that are written as reals", function()
    local model = nn.embedding { 1, vocab = 2 }:build { 2 }
    model:params().weight:set { 7, 8 }
    assert.same({ 8, 7 }, model:forward(tensor.new({ 1, 2 }, { 1, 0 })):values())
  end)

  it("adds up the gradients of equal tokens and leaves the others 0", function()
    local model = nn.embedding { 2, vocab = 4 }:build({ 3 }, { batch = 1 })
    for _ = 1, 2 do -- the second time must not remember the first
      model:forward(tokens({ 1, 3 }, { 0, 2, 2 }), { train = true })
      model:backward(tensor.new({ 1, 3, 2 }, { 1, 2, 3, 4, 5, 6 }))
      assert.same({ 1, 2, 0, 0, 8, 10, 0, 0 }, model:grads().weight:values())
    end
    model:forward(tokens({ 1, 3 }, { 3, 3, 3 }), { train = true })
    model:backward(tensor.new({ 1, 3, 2 }, { 1, 2, 3, 4, 5, 6 }))
    assert.same({ 0, 0, 0, 0, 0, 0, 9, 12 }, model:grads().weight:values())
  end)

  local BATCHES = { { 0, 2, 2 }, { 3, 3, 1 }, { 2, 2, 2 } }

  -- The gradient after that many batches; see(weight's gradient) before the last, if it is wanted.
  local function after(batches, see, layers)
    local model = nn.sequential(layers or { nn.embedding { 2, vocab = 4, name = "table" } })
      :build({ 3 }, { batch = 1 })
    for i, ids in ipairs(batches) do
      if see and i == #batches then
        see(model:grads()["1.embedding.weight"])
      end
      local y = model:forward(tokens({ 1, 3 }, ids), { train = true })
      model:backward(y:copy())
    end
    return model:grads()["1.embedding.weight"]:values()
  end

  it("leaves nothing of batches before, whoever looks or writes meanwhile", function()
    local alone = after { BATCHES[3] }
    assert.same({ 0, 0, 0, 0 }, { alone[1], alone[2], alone[3], alone[4] })
    assert.not_equal(0, alone[5])
    assert.same(alone, after(BATCHES))
    assert.same(alone, after(BATCHES, function() end))
    assert.same(alone, after(BATCHES, function(grad)
      grad:set { 9, 8, 7, 6, 5, 4, 3, 2 }
    end))
  end)

  it("has a gradient in all rows where another layer takes its table", function()
    local function layers()
      return { nn.embedding { 2, vocab = 4, name = "table" }, nn.linear { tied = "table" } }
    end
    local alone = after({ BATCHES[3] }, nil, layers())
    for i = 1, 8 do
      assert.not_equal(0, alone[i])
    end
    assert.same(alone, after(BATCHES, nil, layers()))
  end)

  it("treats token 0 like any other unless padding = 0", function()
    local gy = tensor.new({ 1, 2, 2 }, { 1, 2, 3, 4 })
    local plain = nn.embedding { 2, vocab = 2 }:build { 2 }
    plain:forward(tokens({ 1, 2 }, { 0, 1 }), { train = true })
    plain:backward(gy)
    assert.same({ 1, 2, 3, 4 }, plain:grads().weight:values())
    assert.not_equal(0, plain:params().weight:values()[1])

    local padded = nn.embedding { 2, vocab = 2, padding = 0 }:build { 2 }
    local w = padded:params().weight:values()
    assert.same({ 0, 0 }, { w[1], w[2] })
    assert.not_equal(0, w[3])
    padded:forward(tokens({ 1, 2 }, { 0, 1 }), { train = true })
    padded:backward(gy)
    assert.same({ 0, 0, 3, 4 }, padded:grads().weight:values())
  end)

  it("learns nothing from what stands past a sample's length", function()
    local model = nn.embedding { 1, vocab = 3 }:build({ 3 }, { batch = 2, seq = true })
    model:forward(tokens({ 2, 3 }, { 1, 0, 0, 2, 1, 0 }), {
      train = true, len = tokens({ 2 }, { 1, 2 }),
    })
    model:backward(tensor.new({ 2, 3, 1 }, { 1, 0 / 0, 0, 10, 100, 0 / 0 }))
    assert.same({ 0, 101, 10 }, model:grads().weight:values())
  end)

  it("reads nothing outside the table", function()
    local model = nn.embedding { 1, vocab = 2 }:build { 3 }
    model:params().weight:set { 1, 2 }
    local y = model:forward(tokens({ 1, 3 }, { -1, 2, 2147483647 }), { train = true })
    assert.same({ 0, 0, 0 }, y:values())
    model:backward(tensor.new({ 1, 3, 1 }, { 1, 1, 1 }))
    assert.same({ 0, 0 }, model:grads().weight:values())
  end)

  it("gives the same bits for any number of threads", function()
    local before = sys.threads()
    local ids, gy = {}, {}
    for i = 1, 3000 do
      ids[i] = i * i * 31 % 1999
      for j = 1, 24 do
        gy[#gy + 1] = (i * 7 + j * 13) % 101 / 7 - 7
      end
    end
    local function grads(threads)
      sys.threads(threads)
      local model = nn.embedding { 24, vocab = 1999 }:build({ 3000 })
      model:forward(tokens({ 1, 3000 }, ids), { train = true })
      model:backward(tensor.new({ 1, 3000, 24 }, gy))
      return model:grads().weight:values()
    end
    local one = grads(1)
    assert.same(one, grads(2))
    assert.same(one, grads(4))
    sys.threads(before)
  end)

  it("takes the number of tokens from the data, and no smaller one", function()
    local model = nn.sequential { nn.embedding(3) }:build({ 5 }, { vocab = 9 })
    assert.same({ 9, 3 }, model:params()["1.embedding.weight"]:shape())
    assert.error_matches(function()
      nn.embedding { 3, vocab = 8 }:build({ 5 }, { vocab = 9 })
    end, "nn%.embedding: vocab is 8, but the data has 9 tokens")
    assert.error_matches(function()
      nn.embedding(3):build { 5 }
    end, "nn%.embedding: how many tokens there are is not known here: say vocab")
  end)

  it("refuses numbers that are no tokens", function()
    assert.error_matches(function()
      nn.sequential { nn.relu(), nn.embedding { 3, vocab = 4 } }:build { 5 }
    end, "nn%.embedding: the input holds numbers, want tokens")
    assert.error_matches(function()
      nn.embedding { 3, vocab = 4, padding = 1 }
    end, "padding")
  end)
end)
