local graph = require "lrrun.native.graph"
local one_op = require "support.one_op"
local nn = require "lrrun.nn"
local tensor = require "lrrun.tensor"

local CLOSE = 2e-6

local function zeros(n)
  local list = {}
  for i = 1, n do
    list[i] = 0
  end
  return list
end

--- Calls visit(y's place, places of x under that window).
local function windows(s, visit)
  for p = 0, s.n * s.c - 1 do
    for oy = 0, s.oh - 1 do
      for ox = 0, s.ow - 1 do
        local under = {}
        for iy = math.max(oy * s.sh - s.ph, 0), math.min(oy * s.sh - s.ph + s.kh, s.h) - 1 do
          for ix = math.max(ox * s.sw - s.pw, 0), math.min(ox * s.sw - s.pw + s.kw, s.w) - 1 do
            under[#under + 1] = (p * s.h + iy) * s.w + ix + 1
          end
        end
        visit((p * s.oh + oy) * s.ow + ox + 1, under)
      end
    end
  end
end

local REFERENCE = {
  maxpool2d = function(s, x, dy)
    local y, dx = {}, zeros(#x)
    windows(s, function(at, under)
      local best = under[1]
      for _, i in ipairs(under) do
        best = x[i] > x[best] and i or best
      end
      y[at] = x[best]
      dx[best] = dx[best] + dy[at]
    end)
    return y, dx
  end,
  avgpool2d = function(s, x, dy)
    local y, dx, area = zeros(#dy), zeros(#x), s.kh * s.kw
    windows(s, function(at, under)
      for _, i in ipairs(under) do
        y[at] = y[at] + x[i] / area
        dx[i] = dx[i] + dy[at] / area
      end
    end)
    return y, dx
  end,
}

local function check(op, s)
  s.oh, s.ow = (s.h + 2 * s.ph - s.kh) // s.sh + 1, (s.w + 2 * s.pw - s.kw) // s.sw + 1
  local x = one_op.values(s.n * s.c * s.h * s.w, one_op.noise(s.h * 7 + s.w))
  local got = one_op.run(op, { { shape = { s.c, s.h, s.w }, values = x } }, {
    kernel_h = s.kh, kernel_w = s.kw, stride_h = s.sh, stride_w = s.sw, pad_h = s.ph, pad_w = s.pw,
  }, { n = s.n })
  assert.same({ s.n, s.c, s.oh, s.ow }, got.shape)
  local y, dx = REFERENCE[op](s, x, got.dy)
  assert(one_op.distance(got.y, y) <= CLOSE, "y is off")
  assert(one_op.distance(got.grads[1], dx) <= CLOSE, "dx is off")
end

for _, op in ipairs { "maxpool2d", "avgpool2d" } do
  describe(op, function()
    it("agrees with its definition for 2x2 windows", function()
      for _, size in ipairs { { 6, 6 }, { 7, 5 }, { 2, 2 }, { 3, 67 }, { 34, 32 } } do
        check(op, {
          n = 2, c = 3, h = size[1], w = size[2], kh = 2, kw = 2, sh = 2, sw = 2, ph = 0, pw = 0,
        })
      end
    end)

    it("agrees with its definition for shapes drawn at random", function()
      local noise = one_op.noise(11)
      local function draw(lo, hi)
        return lo + math.floor((noise() + 1) / 2 * (hi - lo + 1))
      end
      for _ = 1, 30 do
        local s = { n = draw(1, 3), c = draw(1, 4), kh = draw(1, 4), kw = draw(1, 4) }
        s.sh, s.sw, s.ph, s.pw = draw(1, 3), draw(1, 3), draw(0, s.kh // 2), draw(0, s.kw // 2)
        s.h, s.w = draw(s.kh, s.kh + 6), draw(s.kw, s.kw + 6)
        check(op, s)
      end
    end)

    it("says what does not fit", function()
      local function refused(shape, changed)
        local attributes = {
          kernel_h = 2, kernel_w = 2, stride_h = 2, stride_w = 2, pad_h = 0, pad_w = 0,
        }
        for key, value in pairs(changed) do
          attributes[key] = value
        end
        local g = graph.new()
        local ok, message = pcall(g.op, g, op, { g:input(shape, "real", false, true) }, attributes)
        assert.is_false(ok)
        return tostring(message)
      end
      assert.matches("kernel is 5, larger than the input's height of 3 with padding 0",
        refused({ 1, 3, 9 }, { kernel_h = 5 }))
      assert.matches("padding is 2, want 0 to half the kernel %(1%)",
        refused({ 1, 3, 9 }, { pad_w = 2 }))
      assert.matches("want an image", refused({ 3, 9 }, {}))
    end)
  end)
end

describe("maxpool2d", function()
  it("gives the gradient to the first of equal values", function()
    local x = { 1, 1, 0, 2, 1, 1, 2, 2 }
    local dx = one_op.run("maxpool2d", { { shape = { 1, 2, 4 }, values = x } },
      { kernel_h = 2, kernel_w = 2, stride_h = 2, stride_w = 2, pad_h = 0, pad_w = 0 },
      { n = 1, dy = function() return { 5, 7 } end }).grads[1]
    assert.same({ 5, 0, 0, 7, 0, 0, 0, 0 }, dx)
  end)

  it("lets NaN through", function()
    for width = 2, 3 do
      for place = 1, 4 do
        local x = { 1, 2, 3, 4 }
        x[place] = 0 / 0
        x = width == 2 and x or { x[1], x[2], 0, x[3], x[4], 0 }
        local y = one_op.run("maxpool2d", { { shape = { 1, 2, width }, values = x } },
          { kernel_h = 2, kernel_w = 2, stride_h = 2, stride_w = width == 2 and 2 or 1,
            pad_h = 0, pad_w = 0 }, { n = 1 }).y
        assert.is_true(y[1] ~= y[1])
      end
    end
  end)
end)

describe("global pooling", function()
  it("takes the mean and the largest of each channel of an image", function()
    local x = { 1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -9 }
    local input = { { shape = { 2, 2, 3 }, values = x } }
    local how = { n = 1, dy = function() return { 6, 12 } end }
    local mean = one_op.run("global_avgpool", input, {}, how)
    assert.same({ 3.5, -4 }, mean.y)
    assert.same({ 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2 }, mean.grads[1])
    local max = one_op.run("global_maxpool", input, {}, how)
    assert.same({ 6, -1 }, max.y)
    assert.same({ 0, 0, 0, 0, 0, 6, 12, 0, 0, 0, 0, 0 }, max.grads[1])
  end)

  it("counts only the steps that a sequence has", function()
    local x = { 1, 8, 3, 4, 99, 99, -5, 2, 88, 88, 88, 88 }
    local input = { { shape = { 4, 2 }, values = x, seq = true } }
    local how = { n = 2, t = 3, len = { 2, 1 }, dy = function() return { 2, 4, 6, 8 } end }
    local mean = one_op.run("global_avgpool", input, {}, how)
    assert.is_false(mean.seq)
    assert.same({ 2, 6, -5, 2 }, mean.y)
    assert.same({ 1, 2, 1, 2, 0, 0, 6, 8, 0, 0, 0, 0 }, mean.grads[1])
    local max = one_op.run("global_maxpool", input, {}, how)
    assert.same({ 3, 8, -5, 2 }, max.y)
    assert.same({ 0, 4, 2, 0, 0, 0, 6, 8, 0, 0, 0, 0 }, max.grads[1])
  end)
end)

describe("layers of convolution and pooling", function()
  local function output(layer, shape, opts)
    local model = layer:build(shape, opts)
    return model:forward(tensor.new({ 1, table.unpack(shape) })):shape()
  end

  it("give the shapes that their options say", function()
    assert.same({ 1, 4, 6, 6 }, output(nn.conv2d { 4, kernel = 3, padding = 1 }, { 3, 6, 6 }))
    assert.same({ 1, 4, 6, 5 },
      output(nn.conv2d { 4, kernel = { 4, 2 }, padding = "same" }, { 3, 6, 5 }))
    assert.same({ 1, 4, 3, 4 },
      output(nn.conv2d { 4, 3, padding = "same", stride = 2, groups = 2 }, { 2, 6, 7 }))
    assert.same({ 1, 3, 5, 3 }, output(nn.conv2d { 3, 3, padding = { 1, 0 } }, { 2, 5, 5 }))
    assert.same({ 1, 5, 4 }, output(nn.conv1d { 4, kernel = 3 }, { 7, 2 }))
    assert.same({ 1, 7, 4 }, output(nn.conv1d { 4, kernel = 4, padding = "same" }, { 7, 2 }))
    assert.same({ 1, 3, 3, 3 }, output(nn.maxpool2d { 2 }, { 3, 6, 7 }))
    assert.same({ 1, 3, 4, 6 },
      output(nn.avgpool2d { 3, stride = { 2, 1 }, padding = 1 }, { 3, 7, 6 }))
    assert.same({ 1, 3 }, output(nn.global_avgpool {}, { 3, 7, 6 }))
    assert.same({ 1, 6 }, output(nn.global_maxpool {}, { 7, 6 }))
  end)

  it("say what they cannot take, with the recipe's place", function()
    local function refused(layer, shape)
      local ok, message = pcall(layer.build, layer, shape)
      assert.is_false(ok)
      return tostring(message)
    end
    assert.matches("pool_spec.lua:%d+: nn.conv2d: kernel reaches over 7x7 pixels",
      refused(nn.conv2d { 4, kernel = 7 }, { 3, 6, 6 }))
    assert.matches("nn.conv2d: groups is 2, want a divisor of the 3 input and 4 output channels",
      refused(nn.conv2d { 4, kernel = 3, groups = 2 }, { 3, 6, 6 }))
    assert.matches("nn.conv2d: the input is %(6%), want an image",
      refused(nn.conv2d { 4, kernel = 3 }, { 6 }))
    assert.matches("nn.maxpool2d: kernel is 8, larger than the input's height of 6",
      refused(nn.maxpool2d { 8 }, { 3, 6, 9 }))
    assert.has_error(function() nn.conv2d { 4, kernel = { 1, 2, 3 } } end)
    assert.has_error(function() nn.maxpool2d { 2, padding = 2 } end)
    assert.has_error(function() nn.conv2d { 4 } end)
    assert.has_error(function() nn.conv2d { 4, kernel = 3, padding = "valid" } end)
  end)
end)
