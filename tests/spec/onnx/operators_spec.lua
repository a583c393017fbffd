-- Each operator as ONNX's nodes: what is written is read back, evaluated by ONNX's definitions, and
-- compared with the network.
local check = require "lrrun.onnx.check"
local file = require "lrrun.native.file"
local graph = require "lrrun.native.graph"
local model = require "lrrun.onnx.model"
local nn = require "lrrun.nn"
local proto = require "lrrun.onnx.proto"
local temporary = require "support.temporary"
local tensor = require "lrrun.native.tensor"
local write = require "lrrun.onnx.write"

local path

before_each(function()
  path = temporary.file()
end)

after_each(function()
  os.remove(path)
end)

-- A mean and a factor for each column or channel.
local function scale_of(shape, seq)
  local width, means, factors = 1, {}, {}
  for _, d in ipairs(shape) do
    width = width * d
  end
  for k = 1, #shape == 3 and shape[1] or seq and shape[2] or width do
    means[k], factors[k] = 100 * k, 1 / k
  end
  return means, factors
end

-- What train/prepare.lua makes of a recipe, as far as an export asks for it. Running statistics and
-- norms' weights are other than they begin with.
local function network(layer, shape, how)
  how = how or {}
  local opts = { seed = 5, dtype = how.vocab and "i32" or nil, seq = how.seq, vocab = how.vocab }
  local net = layer:build(shape, opts)
  for _, views in ipairs { net:params(), net:buffers() } do
    for name, t in pairs(views) do
      local list, low = t:values(), name:find "running_var" and 0.5 or -0.4
      for k = 1, #list do
        list[k] = list[k] + low + 0.8 * ((k * 37 + #name) % 11) / 11
      end
      t:set(list)
    end
  end
  local means, factors = scale_of(shape, how.seq)
  return {
    model = net, recipe = { opts = { name = "n", seed = 1 } }, loss = how.loss or nn.mse(),
    dataset = { shape = shape, dtype = how.vocab and "i32" or "real", seq = how.seq,
      vocab = how.vocab, opts = { missing = how.missing }, class_names = how.names,
      target_means = how.means,
      target_deviations = how.deviations, arrays = how.arrays,
      scale = function()
        return means, factors
      end,
      fill = function()
        return how.fill
      end,
      unscale = function(_, y)
        local list = y:values()
        for k, v in ipairs(list) do
          local j = (k - 1) % #how.means + 1
          list[k] = v * how.deviations[j] + how.means[j]
        end
        return list
      end },
  }
end

local function export(layer, shape, how, o)
  return write(path, network(layer, shape, how), o or {})
end

local function decoded()
  local input <close> = assert(file.open(path))
  return proto.decode(input, path)
end

local FEATURES, STEPS, IMAGE = { 6 }, { 5, 6 }, { 4, 6, 5 }
local SEQUENCE, TOKENS = { seq = true }, { seq = true, vocab = 9 }

local CASES = {
  { "linear", function() return nn.linear(3) end, FEATURES, STEPS, SEQUENCE },
  { "linear without a bias", function() return nn.linear { 3, bias = false } end, FEATURES, STEPS },
  { "activations", function()
    return nn.sequential { nn.relu(), nn.linear(5), nn.leaky_relu(0.3), nn.linear(5), nn.elu(0.6),
      nn.linear(5), nn.selu(), nn.linear(5), nn.gelu(), nn.linear(5), nn.silu(), nn.linear(5),
      nn.tanh(), nn.linear(5), nn.sigmoid(), nn.linear(5), nn.softplus(), nn.linear(5),
      nn.softmax() }
  end, FEATURES, STEPS },
  { "conv2d", function()
    return nn.conv2d { 4, { 3, 2 }, stride = { 2, 1 }, padding = "same", groups = 2 }
  end, IMAGE },
  { "depthwise conv2d", function()
    return nn.conv2d { 8, 3, groups = 4, dilation = 2, padding = 1, bias = false }
  end, IMAGE },
  { "conv1d", function()
    return nn.conv1d { 4, 3, stride = 2, padding = 1, groups = 2 }
  end, STEPS },
  { "conv1d over lengths", function()
    return nn.sequential { nn.conv1d { 4, 3, padding = "causal" }, nn.conv1d { 4, 2, dilation = 2,
      padding = "same" } }
  end, STEPS, SEQUENCE },
  { "conv1d that shortens", function() return nn.conv1d { 4, 3, stride = 2 } end, STEPS, SEQUENCE },
  { "pooling", function()
    return nn.sequential { nn.maxpool2d { 3, stride = 2, padding = 1 },
      nn.avgpool2d { { 2, 3 }, stride = 1, padding = 1 } }
  end, IMAGE },
  { "global_avgpool", function() return nn.global_avgpool() end, IMAGE, STEPS, SEQUENCE },
  { "global_maxpool", function() return nn.global_maxpool() end, IMAGE, STEPS, SEQUENCE },
  { "batchnorm", function() return nn.batchnorm() end, FEATURES, STEPS, SEQUENCE, IMAGE },
  { "norms", function()
    return nn.sequential { nn.layernorm(), nn.linear(6), nn.rmsnorm() }
  end, FEATURES, STEPS, SEQUENCE },
  { "groupnorm", function() return nn.groupnorm(2) end, FEATURES, IMAGE },
  { "residual and concat", function()
    return nn.sequential { nn.residual { nn.linear(6), nn.tanh() },
      nn.concat { nn.linear(2), nn.linear(3), nn.dropout(0.5) } }
  end, FEATURES, STEPS, SEQUENCE },
  { "concat of channels", function()
    return nn.concat { nn.conv2d(2, 1), nn.conv2d(3, 1) }
  end, IMAGE },
  { "flatten, reshape, tokens", function()
    return nn.sequential { nn.tokens(), nn.linear(4), nn.reshape { 2, 5, 6, 2 }, nn.batchnorm(),
      nn.flatten(), nn.linear(2) }
  end, IMAGE },
  { "rnn", function() return nn.rnn { 3, activation = "relu" } end, STEPS, SEQUENCE },
  { "lstm", function() return nn.lstm { 3, layers = 2, bidirectional = true } end, STEPS,
    SEQUENCE },
  { "gru", function() return nn.gru { 3, sequences = true, bidirectional = true } end, STEPS,
    SEQUENCE },
  { "gru without biases", function() return nn.gru { 3, bias = false } end, STEPS, SEQUENCE },
  { "first and last", function()
    return nn.graph(function(x)
      return nn.cat { nn.first()(x), nn.last()(x) }
    end)
  end, STEPS, SEQUENCE },
  { "embedding with tied outputs", function()
    return nn.sequential { nn.embedding { 4, name = "e" }, nn.linear(4),
      nn.linear { tied = "e", bias = false } }
  end, TOKENS },
  { "positions", function()
    return nn.sequential { nn.positions(7), nn.positions { kind = "sinusoidal" } }
  end, STEPS, SEQUENCE },
  { "attention", function() return nn.attention(2) end, STEPS, SEQUENCE },
  { "causal attention of grouped heads", function()
    return nn.sequential { nn.linear(16), nn.attention { 4, kv_heads = 2, causal = true,
      qk_norm = true, rope = 100 } }
  end, STEPS, SEQUENCE },
  { "a transformer", function()
    return nn.sequential { nn.linear(8), nn.transformer { 2, heads = 2, activation = "swiglu",
      causal = true, rope = true } }
  end, STEPS, SEQUENCE },
}

describe("an exported network", function()
  for _, case in ipairs(CASES) do
    it(("gives what lrrun gives: %s"):format(case[1]), function()
      local layer = case[2]()
      for i = 3, #case do
        local item = case[i]
        local shape = item.seq and (item.vocab and { 7 } or STEPS) or item
        local found = export(layer, shape, item.seq and item or {})
        assert.is_true(found.check.difference < 2e-5, found.check.difference)
        assert.is_true(found.check.outputs > 0)
      end
    end)
  end

  it("may have any operator that a network can have", function()
    local losses = { cross_entropy = true, mse = true, l1 = true, bce = true, huber = true,
      focal = true }
    for _, name in ipairs(graph.ops()) do
      assert.is_true(losses[name] or model.operators[name] ~= nil, name)
    end
  end)

  it("takes a batch of any size, and time of any length where samples have lengths", function()
    export(nn.sequential { nn.embedding(4), nn.lstm { 3, sequences = true }, nn.linear(2) }, { 7 },
      TOKENS)
    local g = decoded().graph
    assert.same({ "batch", "time" }, g.inputs[1].shape)
    assert.equal("I64", g.inputs[1].type)
    assert.same({ "lengths", { "batch" } }, { g.inputs[2].name, g.inputs[2].shape })
    assert.same({ "batch", "time", 2 }, g.outputs[1].shape)
    export(nn.conv1d { 4, 3, stride = 2 }, STEPS, SEQUENCE)
    assert.same({ "batch", 5, 6 }, decoded().graph.inputs[1].shape)
  end)

  it("asks for lengths only where they matter", function()
    export(nn.sequential { nn.embedding(4), nn.linear(2) }, { 7 }, TOKENS)
    assert.equal(1, #decoded().graph.inputs)
  end)

  it("names its weights as lrrun does, each once", function()
    export(nn.sequential { nn.embedding { 4, name = "e" }, nn.linear { tied = "e" } }, { 7 },
      TOKENS)
    local names = {}
    for _, w in ipairs(decoded().graph.weights) do
      names[#names + 1] = w.name
    end
    assert.same({ "1.embedding.weight", "2.linear.bias" }, names)
  end)

  it("has the scaling inside where that is asked for", function()
    for _, shape in ipairs { FEATURES, STEPS, IMAGE } do
      local found = export(nn.sequential { nn.flatten(), nn.linear(2) }, shape, {},
        { scaling = true })
      assert.is_true(found.check.difference < 2e-5)
    end
    export(nn.lstm(3), STEPS, SEQUENCE, { scaling = true })
    assert.equal("F32", decoded().graph.inputs[1].type)
    export(nn.linear(2), FEATURES, { arrays = { base = { 1e9, 0, 0, 0, 0, 0 }, flags = {} } },
      { scaling = true })
    assert.equal("F64", decoded().graph.inputs[1].type) -- 32 bits lose how values differ
  end)

  it("fills in what is missing as the training did, where that did", function()
    local how = { arrays = { flags = {} }, missing = "median", fill = { 1, 2, 3, 4, 5, 6 } }
    local found = export(nn.linear(2), FEATURES, how, { scaling = true })
    assert.is_true(found.check.difference < 2e-5)
    local function fills()
      for _, n in ipairs(decoded().graph.nodes) do
        if n.op == "IsNaN" then
          return true
        end
      end
      return false
    end
    assert.is_true(fills())
    how.missing = "drop"
    export(nn.linear(2), FEATURES, how, { scaling = true })
    assert.is_false(fills())
  end)

  it("gives targets in their own units with the scaling", function()
    local how = { means = { 50, -2 }, deviations = { 9, 0.1 } }
    local found = export(nn.linear(2), FEATURES, how, { scaling = true })
    assert.equal("values", found.outputs[1].name)
    assert.is_true(found.check.difference < 2e-5)
  end)

  it("gives probabilities where that is asked for", function()
    for _, loss in ipairs { nn.cross_entropy(), nn.bce(), nn.focal() } do
      local found = export(nn.linear(3), FEATURES, { loss = loss }, { probabilities = true })
      assert.equal("probabilities", found.outputs[1].name)
      assert.is_true(found.check.difference < 2e-5)
    end
    assert.equal("logits", export(nn.linear(3), FEATURES, { loss = nn.bce() }).outputs[1].name)
  end)

  it("says in its metadata what the numbers mean", function()
    export(nn.linear(2), { 2 }, { names = { "cat", "dog" }, loss = nn.cross_entropy() },
      { digest = "abc", weights = "w" })
    local found, m = {}, decoded()
    for _, item in ipairs(m.metadata) do
      found[item[1]] = item[2]
    end
    assert.same({ ["lrrun.recipe"] = "n", ["lrrun.weights"] = "w", ["lrrun.digest"] = "abc",
      ["lrrun.classes"] = '["cat","dog"]', ["lrrun.loss"] = "nn.cross_entropy",
      ["lrrun.output"] = "logits", ["lrrun.input.scaled"] = "outside",
      ["lrrun.input.mean"] = "[100,200]", ["lrrun.input.factor"] = '[1.0,0.5]' }, found)
    assert.same({ 17, 8, "lrrun" }, { m.opset, m.ir, m.producer })
  end)

  it("is the same file each time", function()
    local layer = nn.sequential { nn.linear(8), nn.transformer { 1, heads = 2 }, nn.gru(3) }
    export(layer, STEPS, SEQUENCE)
    local first = file.read(path)
    export(layer, STEPS, SEQUENCE)
    assert.is_true(first == file.read(path))
  end)

  it("is not written where it gives something else", function()
    file.write(path, "before")
    local relu = model.operators.relu
    finally(function()
      model.operators.relu = relu
    end)
    model.operators.relu = model.operators.tanh
    local ok, err = pcall(export, nn.relu(), FEATURES)
    assert.is_false(ok)
    assert.matches("does not give what the program gives: the outputs of 4 samples differ by up to "
      .. "%d.*nothing was written", err)
    assert.equal("before", file.read(path))
  end)

  it("is refused by the layer's name where an operator has no form", function()
    local rope = model.operators.rope
    finally(function()
      model.operators.rope = rope
    end)
    model.operators.rope = nil
    local ok, err = pcall(export, nn.sequential { nn.attention { 1, rope = true } }, STEPS)
    assert.is_false(ok)
    assert.matches("export: 1.attention %(rope%) has no form in ONNX that lrrun writes; what is "
      .. "taken: add attention avgpool2d", err)
  end)

  it("is not written where its outputs are no numbers", function()
    local run = network(nn.linear(2), FEATURES)
    run.model:params().weight:set(tensor.new({ 2, 6 }, { 0 / 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1 }))
    local ok, err = pcall(write, path, run, {})
    assert.is_false(ok)
    assert.matches("the network's outputs are no numbers on random samples", err)
    assert.is_true(check.TOLERANCE <= 1e-4)
  end)
end)
