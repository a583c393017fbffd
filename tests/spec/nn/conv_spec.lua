local graph = require "lrrun.native.graph"
local nn = require "lrrun.nn"
local numbers = require "support.noise"
local one_op = require "support.one_op"
local reference = require "support.conv_reference"
local tensor = require "lrrun.native.tensor"

-- Float sums of this size: the golden cases' own tolerance.
local CLOSE = 2e-5

local function attributes2d(s)
  return {
    stride_h = s.sh, stride_w = s.sw, dilation_h = s.dh, dilation_w = s.dw,
    pad_top = s.pt, pad_left = s.pl, pad_bottom = s.pb, pad_right = s.pr,
    groups = s.groups,
  }
end

local function out_length(size, before, after, kernel, dilation, stride)
  return (size + before + after - dilation * (kernel - 1) - 1) // stride + 1
end

--- One conv2d against the reference. case: n c h w out k, and what differs from stride 1,
-- no padding, one group.
local function check2d(case)
  local s = { kh = case.k, kw = case.k, sh = 1, sw = 1, dh = 1, dw = 1, pt = 0, pl = 0, groups = 1 }
  for key, value in pairs(case) do
    s[key] = value
  end
  s.pb, s.pr = s.pb or s.pt, s.pr or s.pl
  s.oh = out_length(s.h, s.pt, s.pb, s.kh, s.dh, s.sh)
  s.ow = out_length(s.w, s.pl, s.pr, s.kw, s.dw, s.sw)
  local noise = one_op.noise(s.c * 31 + s.h)
  local cg = s.c // s.groups
  local x = one_op.values(s.n * s.c * s.h * s.w, noise)
  local w = one_op.values(s.out * cg * s.kh * s.kw, noise)
  local b = s.bias ~= false and one_op.values(s.out, noise) or nil
  local inputs = {
    { shape = { s.c, s.h, s.w }, values = x },
    { shape = { s.out, cg, s.kh, s.kw }, values = w, param = true },
    b and { shape = { s.out }, values = b, param = true } or nil,
  }
  local got = one_op.run("conv2d", inputs, attributes2d(s), { n = s.n })
  assert.same({ s.n, s.out, s.oh, s.ow }, got.shape)
  local y, dx, dw, db = reference.conv2d(s, x, w, b, got.dy)
  local function close(name, a, want)
    local d = one_op.distance(a, want)
    assert(d <= CLOSE, ("%s is %g off"):format(name, d))
  end
  close("y", got.y, y)
  close("dx", got.grads[1], dx)
  close("dw", got.grads[2], dw)
  if b then
    close("db", got.grads[3], db)
  end
end

describe("conv2d", function()
  local cases = {
    ["a 3x3 kernel with padding"] = { n = 2, c = 3, h = 6, w = 6, out = 4, k = 3, pt = 1, pl = 1 },
    ["no bias"] = { n = 2, c = 2, h = 5, w = 7, out = 3, k = 3, bias = false },
    ["kernel 7, stride 2"] =
      { n = 2, c = 3, h = 17, w = 15, out = 5, k = 7, sh = 2, sw = 2, pt = 3, pl = 3 },
    ["dilation"] =
      { n = 2, c = 2, h = 11, w = 9, out = 3, k = 3, dh = 2, dw = 3, pt = 2, pl = 1 },
    ["groups"] = { n = 2, c = 6, h = 5, w = 6, out = 4, k = 3, groups = 2, pt = 1, pl = 1 },
    ["depthwise kernels"] =
      { n = 3, c = 5, h = 7, w = 21, out = 5, k = 3, groups = 5, pt = 1, pl = 1 },
    ["depthwise kernels with two outputs each, stride 2"] =
      { n = 2, c = 3, h = 8, w = 9, out = 6, k = 3, groups = 3, sh = 2, sw = 2, pt = 1, pl = 1 },
    ["a 1x1 kernel"] = { n = 3, c = 5, h = 4, w = 3, out = 7, k = 1 },
    ["a 1x1 kernel on large images"] = { n = 2, c = 3, h = 9, w = 11, out = 4, k = 1 },
    ["a 1x1 kernel with stride 2"] = { n = 2, c = 4, h = 7, w = 8, out = 3, k = 1, sh = 2, sw = 2 },
    ["a kernel that is not square"] =
      { n = 2, c = 2, h = 6, w = 9, out = 3, k = 1, kh = 2, kw = 5, sh = 2, sw = 3, pl = 2 },
    ["unequal padding"] =
      { n = 2, c = 2, h = 6, w = 5, out = 3, k = 2, pt = 0, pb = 1, pl = 1, pr = 2 },
    ["padding wider than the kernel"] =
      { n = 1, c = 2, h = 3, w = 3, out = 2, k = 2, pt = 4, pl = 5 },
    ["a kernel as large as the image"] = { n = 2, c = 3, h = 5, w = 4, out = 6, k = 4, kh = 5 },
    ["one pixel"] = { n = 5, c = 3, h = 1, w = 1, out = 2, k = 3, pt = 1, pl = 1 },
    ["rows that do not fit one piece"] =
      { n = 2, c = 32, h = 60, w = 50, out = 2, k = 3, sh = 2, pt = 1, pl = 1 },
    ["many channels (Winograd)"] = { n = 3, c = 17, h = 9, w = 7, out = 35, k = 3, pt = 1, pl = 1 },
    ["many channels without padding"] = { n = 2, c = 16, h = 10, w = 18, out = 16, k = 3 },
    ["many channels and unequal padding"] =
      { n = 2, c = 16, h = 7, w = 6, out = 20, k = 3, pt = 0, pb = 2, pl = 3, pr = 1,
        bias = false },
    ["many channels and images cut between tiles"] =
      { n = 2, c = 16, h = 90, w = 13, out = 16, k = 3, pt = 1, pl = 1 },
    ["many channels and more images than parts"] =
      { n = 19, c = 20, h = 4, w = 4, out = 16, k = 3, pt = 1, pl = 1 },
    ["more images than parts"] = { n = 37, c = 2, h = 4, w = 4, out = 3, k = 3 },
  }
  for name, case in pairs(cases) do
    it("agrees with its definition for " .. name, function()
      check2d(case)
    end)
  end

  it("agrees with its definition for shapes drawn at random", function()
    local noise = one_op.noise(7)
    local function draw(lo, hi)
      return lo + math.floor((noise() + 1) / 2 * (hi - lo + 1))
    end
    for _ = 1, 25 do
      local s = { n = draw(1, 4), groups = draw(1, 3), kh = draw(1, 4), kw = draw(1, 4) }
      s.c, s.out = s.groups * draw(1, 3), s.groups * draw(1, 3)
      s.sh, s.sw, s.dh, s.dw = draw(1, 3), draw(1, 3), draw(1, 2), draw(1, 2)
      s.pt, s.pb, s.pl, s.pr = draw(0, 2), draw(0, 2), draw(0, 2), draw(0, 2)
      s.h, s.w = s.dh * (s.kh - 1) + draw(1, 9), s.dw * (s.kw - 1) + draw(1, 9)
      check2d(s)
    end
  end)

  local function refused(x, w, changed)
    local attributes = attributes2d {
      sh = 1, sw = 1, dh = 1, dw = 1, pt = 0, pl = 0, pb = 0, pr = 0, groups = 1,
    }
    for key, value in pairs(changed or {}) do
      attributes[key] = value
    end
    local g = graph.new()
    local ids = {
      g:input(x, "real", false, false),
      g:param("w", w, { kind = "constant", a = 0 }, true),
    }
    local ok, message = pcall(g.op, g, "conv2d", ids, attributes)
    assert.is_false(ok)
    return tostring(message)
  end

  it("says what does not fit", function()
    assert.matches("kernel reaches over 5x5 pixels, input %(1, 4, 4%) with padding has 4x4",
      refused({ 1, 4, 4 }, { 1, 1, 5, 5 }))
    assert.matches("groups is 2, want a divisor of the 3 input and 4 output channels",
      refused({ 3, 4, 4 }, { 4, 1, 3, 3 }, { groups = 2 }))
    assert.matches("want weight's axis 2 3", refused({ 3, 4, 4 }, { 4, 1, 3, 3 }))
    assert.matches("want an image %(channels, h, w%)", refused({ 3, 4 }, { 4, 1, 3, 3 }))
    assert.matches("stride is 0, want 1 or more",
      refused({ 1, 4, 4 }, { 1, 1, 3, 3 }, { stride_h = 0 }))
    assert.matches("padding is %-1, want 0 or more",
      refused({ 1, 4, 4 }, { 1, 1, 3, 3 }, { pad_left = -1 }))
  end)
end)

--- One conv1d against the reference.
local function check1d(case)
  local s = { stride = 1, dilation = 1, pad = 0, groups = 1 }
  for key, value in pairs(case) do
    s[key] = value
  end
  s.right = s.right or s.pad
  local longest = s.longest or s.t
  s.ot = out_length(longest, s.pad, s.right, s.k, s.dilation, s.stride)
  local stays = s.seq and s.stride == 1 and s.pad + s.right == s.dilation * (s.k - 1)
  s.ot = stays and s.t or s.ot
  local noise = one_op.noise(s.c * 17 + s.t)
  local cg = s.c // s.groups
  local x = one_op.values(s.n * s.t * s.c, noise)
  local w = one_op.values(s.out * cg * s.k, noise)
  local b = one_op.values(s.out, noise)
  local got = one_op.run("conv1d", {
    { shape = { longest, s.c }, values = x, seq = s.seq },
    { shape = { s.out, cg, s.k }, values = w, param = true },
    { shape = { s.out }, values = b, param = true },
  }, {
    stride = s.stride, dilation = s.dilation, groups = s.groups,
    pad_left = s.pad, pad_right = s.right,
  }, { n = s.n, t = s.seq and s.t or nil, len = s.len })
  assert.same({ s.n, s.ot, s.out }, got.shape)
  assert.equal(stays or false, got.seq)
  local y, dx, dw, db = reference.conv1d(s, x, w, b, got.dy)
  for name, pair in pairs {
    y = { got.y, y }, dx = { got.grads[1], dx },
    dw = { got.grads[2], dw }, db = { got.grads[3], db },
  } do
    local d = one_op.distance(pair[1], pair[2])
    assert(d <= CLOSE, ("%s is %g off"):format(name, d))
  end
end

describe("nn.conv1d", function()
  it("with padding = 'causal' is the first steps of one with zeros on both sides", function()
    for _, o in ipairs { { 1, 1 }, { 3, 1 }, { 3, 4 }, { 5, 2 } } do
      local kernel, dilation = o[1], o[2]
      local function output(padding)
        local m = nn.conv1d { 4, kernel, dilation = dilation, padding = padding }:build({ 11, 3 },
          { seed = 4 })
        return m:forward(tensor.new({ 1, 11, 3 }, numbers(33))):values()
      end
      local causal, both = output "causal", output((kernel - 1) * dilation)
      assert.equal(11 * 4, #causal)
      assert.truthy(one_op.distance(causal, table.move(both, 1, 11 * 4, 1, {})) < CLOSE)
    end
  end)

  it("with padding = 'causal' keeps the lengths of sequences", function()
    local _, seq = nn.conv1d { 4, 3, padding = "causal" }:build({ 11, 3 }, { seq = true }):shape()
    assert.is_true(seq)
  end)
end)

describe("conv1d", function()
  local cases = {
    ["steps without padding"] = { n = 2, t = 7, c = 3, out = 4, k = 3 },
    ["stride 2 and dilation 2"] =
      { n = 3, t = 12, c = 2, out = 3, k = 3, stride = 2, dilation = 2, pad = 1 },
    ["groups"] = { n = 2, t = 6, c = 6, out = 4, k = 2, groups = 2 },
    ["an even kernel that keeps the length"] =
      { n = 2, t = 6, c = 3, out = 2, k = 4, pad = 1, right = 2 },
    ["many steps"] = { n = 3, t = 700, c = 3, out = 2, k = 5, pad = 2 },
    ["sequences of varying length"] =
      { n = 3, t = 6, longest = 9, c = 3, out = 4, k = 3, pad = 1, seq = true, len = { 6, 2, 4 } },
    ["sequences of one length"] =
      { n = 2, t = 5, longest = 5, c = 3, out = 4, k = 5, pad = 2, seq = true },
    ["sequences whose length changes"] =
      { n = 3, t = 6, longest = 9, c = 3, out = 4, k = 3,
        stride = 2, seq = true, len = { 6, 2, 4 } },
  }
  for name, case in pairs(cases) do
    it("agrees with its definition for " .. name, function()
      check1d(case)
    end)
  end
end)
