-- A layer that wants steps, or an image, and finds a row: which layer took them, and the key of it
-- that keeps them.

local errors = require "lrrun.util.errors"
local nn = require "lrrun.nn"

local function says(model, shape)
  local ok, message = pcall(model.build, model, shape)
  assert.is_false(ok)
  return (errors.message(message):gsub("^.-:%d+: ", ""))
end

-- Without the other layer's line.
local function short(model, shape)
  return (says(model, shape):gsub(" %([^()]*lost_spec.lua:%d+%)", ""))
end

local STEPS = "the input is (5), want (time, features): "

describe("a layer over steps behind one that leaves none", function()
  for _, name in ipairs { "lstm", "gru", "rnn" } do
    it(("names the key of nn.%s that keeps them"):format(name), function()
      local model = nn.sequential { nn[name](5), nn.gru(4), nn.linear(3) }
      assert.equal("nn.gru: " .. STEPS .. ("nn.%s before it gives its last state alone; with "
        .. "sequences = true it gives that after every step"):format(name), says(model, { 6, 2 }))
      model = nn.sequential { nn[name] { 5, sequences = true }, nn.gru(4), nn.linear(3) }
      local built = model:build { 6, 2 }
      assert.same({ 3 }, (built.builder:shape(built.output)))
    end)
  end

  it("looks past layers that change nothing of it, and into others", function()
    local inner = nn.sequential { nn.linear(7), nn.lstm { 5, layers = 2, bidirectional = true } }
    local model = nn.sequential { inner, nn.relu(), nn.dropout(0.1), nn.linear(5),
      nn.attention(1) }
    assert.matches("^nn.attention: the input is %(5%), .* nn.lstm before it gives its last state",
      short(model, { 6, 2 }))
    model = nn.sequential { nn.residual { nn.lstm(5), shortcut = nn.last() }, nn.positions() }
    assert.matches("nn.residual before it makes one row of all steps",
      says(nn.sequential { nn.linear(5), model }, { 6, 2 }))
  end)

  it("says the line of that layer where it is another", function()
    local early = nn.lstm(5)
    local model = nn.sequential {
      early,
      nn.gru(4),
    }
    assert.matches("nn.lstm before it %(.*lost_spec.lua:%d+%) gives", says(model, { 6, 2 }))
  end)

  for name, make in pairs { first = nn.first, last = nn.last, flatten = nn.flatten,
    global_avgpool = nn.global_avgpool, global_maxpool = nn.global_maxpool } do
    it(("has nn.%s left away"):format(name), function()
      local model = nn.sequential { nn.linear(5), make(), nn.linear(5), nn.lstm(4) }
      assert.equal("nn.lstm: " .. STEPS .. ("nn.%s before it makes one row of all steps: leave it "
        .. "away"):format(name), says(model, { 6, 2 }))
    end)
  end

  it("says that of nn.conv1d, too", function()
    assert.equal("nn.conv1d: the input is (5), want steps (t, channels): nn.last before it makes "
      .. "one row of all steps: leave it away",
      says(nn.sequential { nn.last(), nn.conv1d { 2, kernel = 3 } }, { 6, 5 }))
  end)

  it("blames no layer where the data have no steps", function()
    assert.equal("nn.gru: " .. STEPS .. "it has no steps, as the data's samples are rows; "
      .. "nn.reshape{time, features} parts one",
      says(nn.sequential { nn.relu(), nn.gru(4) }, { 5 }))
  end)
end)

describe("a layer over images behind one that leaves none", function()
  for name, made in pairs { conv2d = nn.conv2d { 2, kernel = 3 }, maxpool2d = nn.maxpool2d(2),
    avgpool2d = nn.avgpool2d(2), tokens = nn.tokens() } do
    it(("is nn.%s, and names that one"):format(name), function()
      assert.equal(("nn.%s: the input is (2), want an image (channels, h, w): nn.global_avgpool "
        .. "before it makes (2) of an image: leave it away, or put it behind"):format(name),
        short(nn.sequential { nn.relu(), nn.global_avgpool(), made }, { 2, 6, 6 }))
      assert.matches("want an image .*: nn.reshape{channels, h, w} makes one of a row",
        says(nn.sequential { nn.relu(), made }, { 36 }))
      assert.matches("nn.reshape{1, 6, 5} makes one of one channel", says(made, { 6, 5 }))
    end)
  end
end)
