-- A network that is run step by step gives for each step what a forward pass over the whole text
-- gives for it.

local nn = require "nn"
local one_op = require "tests.support.one_op"
local pattern = "^[^\n]*"
local stream = require "lrrun.nn.stream"
local tensor = require "lrrun.native.tensor"
local weights = require "lrrun.record.weights"

local DOUBLE = tensor.new({ 1 }, { 1 + 1e-12 }):values()[1] ~= 1
local TOLERANCE = DOUBLE and 1e-9 or 2e-5

local T, VOCAB = 150, 11

local function tokens(n, seed)
  local ids = {}
  for i = 1, n do
    ids[i] = (i * i * 7 + i * seed) % VOCAB
  end
  return ids
end

-- Output of each step of a forward pass over all of them, with the model.
local function whole(value, ids)
  local m = value:build({ T }, { dtype = "i32", seq = true, vocab = VOCAB, seed = 3 })
  local y = m:forward(tensor.new({ 1, #ids }, ids, "i32"), { t = #ids }):values()
  local shape, seq = m:shape()
  local width, rows = shape[#shape], {}
  for i = 1, #y / width do
    rows[i] = table.move(y, (i - 1) * width + 1, i * width, 1, {})
  end
  return rows, m, seq
end

local function copy_state(from, to)
  local values = {}
  for _, views in ipairs { weights.tensors(from.graph) } do
    for name, view in pairs(views) do
      values[name] = view:values()
    end
  end
  for _, views in ipairs { weights.tensors(to.graph) } do
    for name, view in pairs(views) do
      view:set(values[name])
    end
  end
end

local function streamed(value, m)
  local s = stream.new(value, { length = T, vocab = VOCAB })
  copy_state(m, s)
  return s
end

local function near(want, got, what)
  local d = one_op.distance(got, want)
  assert(d <= TOLERANCE, ("%s: differs by %g"):format(what, d))
end

local function block(width, attention)
  return nn.sequential {
    nn.residual { nn.layernorm(), nn.attention(attention) },
    nn.residual { nn.layernorm(), nn.linear(2 * width), nn.gelu(), nn.linear(width) },
  }
end

local NETWORKS = {
  lstm = function()
    return nn.sequential { nn.embedding(8), nn.lstm { 12, sequences = true, layers = 2,
      dropout = 0.3 }, nn.linear(VOCAB) }
  end,
  gru = function()
    return nn.sequential { nn.embedding(7), nn.gru { 9, sequences = true }, nn.layernorm(),
      nn.dropout(0.2), nn.linear { 24, bias = false }, nn.gelu(), nn.linear(VOCAB) }
  end,
  rnn = function()
    return nn.sequential { nn.embedding(20), nn.rnn { 20, sequences = true, bias = false },
      nn.residual { nn.linear(20), nn.relu() }, nn.batchnorm(), nn.linear(VOCAB),
      nn.softmax() }
  end,
  attention = function()
    return nn.sequential { nn.embedding(24), nn.positions(), block(24, { 3, causal = true }),
      block(24, { 4, causal = true, dropout = 0.5 }), nn.layernorm(), nn.linear(VOCAB) }
  end,
  rotary = function()
    return nn.sequential { nn.embedding(32), block(32, { 4, causal = true, kv_heads = 2,
      rope = true, qk_norm = true, bias = false }), nn.rmsnorm(), nn.swiglu { 32, hidden = 20 },
      nn.linear(VOCAB) }
  end,
  waves = function()
    return nn.sequential { nn.embedding(40), nn.positions { kind = "sinusoidal" },
      nn.attention { 1, causal = true }, nn.gru { 8, sequences = true }, nn.linear(VOCAB) }
  end,
  convolved = function()
    return nn.sequential { nn.embedding(9), nn.conv1d { 12, 3, padding = "causal" }, nn.relu(),
      nn.residual { nn.conv1d { 12, 4, padding = "causal", dilation = 7, groups = 3, bias = false },
        nn.conv1d(12, 1) }, nn.linear(VOCAB) }
  end,
  joined = function()
    return nn.sequential { nn.embedding(6), nn.concat { nn.rnn { 5, sequences = true },
      nn.sequential { nn.linear(4), nn.tanh() } }, nn.linear(VOCAB) }
  end,
}

describe("a stream", function()
  for name, make in pairs(NETWORKS) do
    it("gives for each step what the whole text gives: " .. name, function()
      local ids = tokens(T, 5)
      local rows, m = whole(make(), ids)
      local s = streamed(make(), m)
      for i, id in ipairs(ids) do
        s.native:feed { id }
        near(rows[i], s.native:output():values(), ("step %d"):format(i))
      end
      assert.equal(T, s.native:facts().at)
    end)

    it("takes steps a few at a time, and again from the start: " .. name, function()
      local ids = tokens(T, 2)
      local rows, m = whole(make(), ids)
      local s = streamed(make(), m)
      for _ = 1, 2 do
        local at = 0
        for _, n in ipairs { 1, 9, 3, 17, 7, 70, 43 } do
          s.native:feed(table.move(ids, at + 1, at + n, 1, {}))
          at = at + n
          near(rows[at], s.native:output():values(), ("after %d"):format(at))
        end
        s.native:reset()
      end
    end)
  end

  it("gives the same of a network that has grown against a base", function()
    local function make(width)
      return nn.sequential { nn.embedding(width), block(width, { 2, causal = true }),
        nn.linear(VOCAB) }
    end
    local value, ids = make(32), tokens(40, 5)
    local m = value:build({ T }, { dtype = "i32", seq = true, vocab = VOCAB, seed = 3,
      base = make(8) })
    local y = m:forward(tensor.new({ 1, #ids }, ids, "i32"), { t = #ids }):values()
    local s = stream.new(value, { length = T, vocab = VOCAB, base = m.builder.context.base })
    copy_state(m, s)
    for i, id in ipairs(ids) do
      s.native:feed { id }
      near(table.move(y, (i - 1) * VOCAB + 1, i * VOCAB, 1, {}), s.native:output():values(),
        ("step %d"):format(i))
    end
    s.native:reset()
    s.native:feed(ids)
    near(table.move(y, #y - VOCAB + 1, #y, 1, {}), s.native:output():values(), "all at once")
  end)

  local ENDS = {
    lstm = function() return nn.embedding(8), nn.lstm(12), nn.linear(VOCAB) end,
    attention = function()
      return nn.embedding(8), nn.attention { 2, causal = true }, nn.last(), nn.linear(VOCAB)
    end,
  }
  for name, layers in pairs(ENDS) do
    it("gives the last step's alone where the network does: " .. name, function()
      local ids = tokens(T, 4)
      local _, m = whole(nn.sequential { layers() }, ids)
      local s = streamed(nn.sequential { layers() }, m)
      for n = 1, T do
        s.native:feed { ids[n] }
        local want = m:forward(tensor.new({ 1, n }, table.move(ids, 1, n, 1, {}), "i32"),
          { t = n }):values()
        near(want, s.native:output():values(), ("step %d"):format(n))
      end
    end)
  end

  it("with attention ends where its window ends", function()
    local s = streamed(NETWORKS.rotary(), select(2, whole(NETWORKS.rotary(), tokens(T, 1))))
    assert.equal(T, s.bound)
    s.native:feed(tokens(T, 1))
    assert.has_error(function() s.native:feed { 1 } end)
    s.native:reset()
    s.native:feed { 1 }
    assert.equal(1, s.native:facts().at)
  end)

  it("has room for keys and values of its kv_heads alone", function()
    local function bytes(kv_heads)
      return stream.new(nn.sequential { nn.embedding(64), nn.attention { 4, causal = true,
        kv_heads = kv_heads } }, { length = T, vocab = VOCAB }).bytes
    end
    local real = DOUBLE and 8 or 4
    assert.equal(T * 2 * 48 * real, (bytes(4) - bytes(1)) // 64 * 64)
  end)

  it("of causal convolutions has no end, and keeps as many steps as they look back at", function()
    local s = streamed(NETWORKS.convolved(), select(2, whole(NETWORKS.convolved(), tokens(T, 1))))
    assert.is_nil(s.bound)
    for _ = 1, 3 do
      s.native:feed(tokens(T, 1))
    end
    assert.equal(3 * T, s.native:facts().at)
  end)

  it("of a recurrent network has no end", function()
    local s = streamed(NETWORKS.lstm(), select(2, whole(NETWORKS.lstm(), tokens(T, 1))))
    assert.is_nil(s.bound)
    assert.equal(T, s.most)
    for _ = 1, 5 do
      s.native:feed(tokens(T, 1))
    end
    assert.equal(5 * T, s.native:facts().at)
  end)

  it("is refused in the name of the layer that looks ahead", function()
    for _, case in ipairs {
      { nn.lstm { 4, sequences = true, bidirectional = true },
        "reads its steps from the last to the first %(2.lstm%)" },
      { nn.conv1d { 4, 3, padding = 1 },
        "window of 3 steps reaches behind the step.*padding = \"causal\" %(2.conv1d%)" },
      { nn.conv1d { 4, 1, stride = 2 }, "does not give a step for each of its own %(2.conv1d%)" },
      { nn.conv1d { 4, 3 }, "does not give a step for each of its own %(2.conv1d%)" },
      { nn.attention(2), "is not causal.*%(2.attention%)" },
      { nn.first(), "gives the first step alone %(2.first%)" },
      { nn.global_avgpool(), "looks at more steps.*%(2.global_avgpool%)" },
      { nn.flatten(), "flatten: input is a sequence" },
    } do
      local value = nn.sequential { nn.embedding(4), case[1], nn.linear(3) }
      local ok, err = pcall(stream.new, value, { length = 5, vocab = VOCAB })
      assert.matches(case[2], stream.refusal(value, { length = 5, vocab = VOCAB }))
      assert.is_false(ok)
      local line = tostring(err):match(pattern)
      assert.matches("cannot be run one step at a time: ", line, 1, true)
      assert.matches(case[2], line)
    end
  end)

  it("is refused nowhere without being asked for where it is not refused", function()
    for name, make in pairs(NETWORKS) do
      assert.is_nil(stream.refusal(make(), { length = T, vocab = VOCAB }), name)
    end
  end)

  it("takes no more than it has room for, and nothing that is no token", function()
    local s = streamed(NETWORKS.gru(), select(2, whole(NETWORKS.gru(), tokens(T, 1))))
    assert.has_error(function() s.native:feed {} end)
    assert.has_error(function() s.native:feed(tokens(T + 1, 1)) end)
    assert.has_error(function() s.native:feed { -1 } end)
    assert.has_error(function() s.native:feed { 2 ^ 31 } end)
    assert.has_error(function() s.native:feed { "a" } end)
    assert.has_error(function() s.native:output() end)
    assert.has_error(function() s.native:pick {} end)
    s.native:feed { 1, 2 }
    s.native:close()
    assert.has_error(function() s.native:feed { 1 } end)
  end)
end)
