local nn = require "lrrun.nn"

local function roles(layer, shape, how)
  return layer:build(shape, how):roles()
end

describe("what a parameter is to a network", function()
  it("is by its shape, its layer and its place", function()
    local found = roles(nn.sequential { nn.conv2d { 4, kernel = 3 }, nn.batchnorm(), nn.relu(),
      nn.conv2d { 8, kernel = 3, groups = 4 }, nn.conv2d { 8, kernel = 1, groups = 2 },
      nn.global_avgpool(), nn.linear(6), nn.relu(), nn.linear(3), nn.dropout(0.1) }, { 1, 9, 9 })
    assert.same({
      ["1.conv2d.weight"] = "matrix", ["1.conv2d.bias"] = "vector",
      ["2.batchnorm.weight"] = "vector", ["2.batchnorm.bias"] = "vector",
      ["4.conv2d.weight"] = "depthwise", ["4.conv2d.bias"] = "vector",
      ["5.conv2d.weight"] = "matrix", ["5.conv2d.bias"] = "vector",
      ["7.linear.weight"] = "matrix", ["7.linear.bias"] = "vector",
      ["9.linear.weight"] = "output", ["9.linear.bias"] = "vector",
    }, found)
  end)

  it("of embeddings and positions stays so where another layer takes them, too", function()
    local tokens = { vocab = 9, dtype = "i32", seq = true }
    local found = roles(nn.sequential { nn.embedding { 8, name = "words" }, nn.positions(),
      nn.transformer { 2, heads = 2, causal = true, bias = false }, nn.linear { tied = "words",
        bias = false } }, { 5 }, tokens)
    assert.equal("embedding", found["1.embedding.weight"])
    assert.equal("positions", found["2.positions.weight"])
    local matrices = 0
    for name, role in pairs(found) do
      assert.truthy(role == "vector" or role == "matrix" or not name:find "^3%.", name)
      matrices = matrices + (role == "matrix" and 1 or 0)
    end
    assert.equal(8, matrices) -- none of the blocks makes the output: the embedding does
  end)

  it("of a residual network without a head is that of the last block", function()
    local found = roles(nn.sequential { nn.linear(4), nn.residual { nn.linear(4) },
      nn.residual { nn.linear(4), nn.relu(), nn.linear(4) } }, { 4 })
    local output = {}
    for name, role in pairs(found) do
      output[#output + 1] = role == "output" and name or nil
    end
    assert.equal(1, #output)
    assert.matches("^3%.residual.*linear%.weight$", output[1])
  end)

  it("of several layers whose sum is the output is that of each", function()
    local found = roles(nn.graph(function(x)
      local h = nn.relu()(nn.linear(4)(x))
      return nn.linear(2)(h) + nn.linear(2)(nn.tanh()(nn.linear(3)(h)))
    end), { 5 })
    local count = { output = 0, matrix = 0, vector = 0 }
    for _, role in pairs(found) do
      count[role] = count[role] + 1
    end
    assert.same({ output = 2, matrix = 2, vector = 4 }, count)
  end)

  it("of both directions of a recurrent layer at the end is the output", function()
    local found = roles(nn.sequential { nn.gru { 3, sequences = true },
      nn.lstm { 2, bidirectional = true } }, { 4, 3 }, { seq = true })
    local count = { output = 0, matrix = 0, vector = 0 }
    for _, role in pairs(found) do
      count[role] = count[role] + 1
    end
    assert.same({ output = 4, matrix = 2, vector = 6 }, count)
  end)

  it("knows a layer that is applied twice as one", function()
    local found = roles(nn.graph(function(x)
      local again = nn.linear(5)
      return nn.linear(2)(again(again(x)))
    end), { 5 })
    assert.equal("matrix", found["1.linear.weight"])
  end)

  it("is not changed by a loss", function()
    local model = nn.sequential { nn.linear(4), nn.linear(2) }:build { 3 }
    local before = model:roles()
    model:attach(nn.mse())
    assert.same(before, model:roles())
    assert.equal("output", before["2.linear.weight"])
  end)
end)
