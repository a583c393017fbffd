-- Losses with a target at each step: what they are a mean over, and that nothing past a
-- sample's length has a part in them. Their gradients are also gradcheck_spec's.

local native = require "lrrun.native.graph"
local one_op = require "support.one_op"
local tensor = require "lrrun.native.tensor"

local NAN = 0 / 0
local N, WIDTH = 3, 4
local LEN = { 5, 1, 3 }
local STEPS = 9

local LOSSES = {
  { op = "cross_entropy", attrs = { label_smoothing = 0.1 }, classes = true },
  { op = "cross_entropy" },
  { op = "mse" }, { op = "l1" }, { op = "huber", attrs = { delta = 0.4 } }, { op = "bce" },
}

local function title(loss)
  return loss.op .. (loss.classes and " of classes" or "")
end

-- Values of row (sample, step, column), the same whatever the padding is.
local function row_of(noise, width)
  local rows = {}
  for i = 1, N do
    rows[i] = {}
    for s = 1, LEN[i] do
      rows[i][s] = one_op.values(width, noise)
    end
  end
  return rows
end

-- Rows padded to t steps with `pad`.
local function padded(rows, t, width, pad)
  local list = {}
  for i = 1, N do
    for s = 1, t do
      for k = 1, width do
        list[#list + 1] = rows[i][s] and rows[i][s][k] or pad
      end
    end
  end
  return list
end

local function classes_of(noise)
  local rows = row_of(noise, 1)
  for _, sample in ipairs(rows) do
    for _, step in ipairs(sample) do
      step[1] = math.floor((step[1] + 1) / 2 * WIDTH)
    end
  end
  return rows
end

local function shares_of(noise)
  local rows = row_of(noise, WIDTH)
  for _, sample in ipairs(rows) do
    for _, step in ipairs(sample) do
      for k, v in ipairs(step) do
        step[k] = (v + 1) / 2
      end
    end
  end
  return rows
end

-- Loss, counts and gradient of x at every valid step, of sequences padded to t steps.
local function run(loss, t, pad, pad_y)
  local g = native.new()
  local x = g:input({ t, WIDTH }, "real", true, true)
  local y = g:input(loss.classes and { t } or { t, WIDTH }, loss.classes and "i32" or "real",
    true, false)
  local node = g:op(loss.op, { x, y }, loss.attrs or {})
  g:plan({ node }, N, true)
  local rows = row_of(one_op.noise(1), WIDTH)
  local targets = loss.classes and classes_of(one_op.noise(2)) or shares_of(one_op.noise(2))
  local value, correct = g:forward {
    inputs = {
      [x] = tensor.new({ N, t, WIDTH }, padded(rows, t, WIDTH, pad)),
      [y] = loss.classes and tensor.new({ N, t }, padded(targets, t, 1, pad_y), "i32")
        or tensor.new({ N, t, WIDTH }, padded(targets, t, WIDTH, pad_y)),
    },
    len = tensor.new({ N }, LEN, "i32"), train = true,
  }
  local sums = {}
  g:add_sums(sums)
  g:backward()
  local grad, valid, past = g:grad(x):values(), {}, {}
  for at, v in ipairs(grad) do
    local i, s = (at - 1) // (t * WIDTH) + 1, (at - 1) // WIDTH % t + 1
    local list = s <= LEN[i] and valid or past
    list[#list + 1] = v
  end
  return { value = value, correct = correct, targets = sums.targets, grad = valid, past = past }
end

-- The loss as a plain loss of as many samples as there are steps.
local function as_samples(loss)
  local g = native.new()
  local x = g:input({ WIDTH }, "real", false, true)
  local y = g:input(loss.classes and {} or { WIDTH }, loss.classes and "i32" or "real", false,
    false)
  local node = g:op(loss.op, { x, y }, loss.attrs or {})
  g:plan({ node }, STEPS, true)
  local function flat(rows)
    local list = {}
    for _, sample in ipairs(rows) do
      for _, step in ipairs(sample) do
        table.move(step, 1, #step, #list + 1, list)
      end
    end
    return list
  end
  local targets = flat(loss.classes and classes_of(one_op.noise(2)) or shares_of(one_op.noise(2)))
  local value, correct = g:forward {
    inputs = {
      [x] = tensor.new({ STEPS, WIDTH }, flat(row_of(one_op.noise(1), WIDTH))),
      [y] = loss.classes and tensor.new({ STEPS }, targets, "i32")
        or tensor.new({ STEPS, WIDTH }, targets),
    }, train = true,
  }
  g:backward()
  return { value = value, correct = correct, grad = g:grad(x):values() }
end

local function alike(want, got)
  assert.near(want.value, got.value, 1e-6)
  assert.near(want.correct or 0, got.correct or 0, 1e-9)
  assert.equal(#want.grad, #got.grad)
  for i, v in ipairs(want.grad) do
    assert.near(v, got.grad[i], 1e-6)
  end
end

describe("a loss at each step", function()
  for _, loss in ipairs(LOSSES) do
    it(title(loss) .. " is that of as many samples as there are steps", function()
      local got = run(loss, 5, 0, 0)
      assert.equal(STEPS, got.targets)
      alike(as_samples(loss), got)
    end)

    it(title(loss) .. " does not change with longer padding, nor with what stands in it",
      function()
        local want = run(loss, 5, 0, 0)
        alike(want, run(loss, 9, 0, 0))
        alike(want, run(loss, 7, 1e30, 1))
        alike(want, run(loss, 6, NAN, 0))
      end)

    it(title(loss) .. " has a gradient of 0 past a sample's length", function()
      for _, v in ipairs(run(loss, 6, NAN, 0).past) do
        assert.equal(0, v)
      end
    end)
  end

  it("is refused where predictions and targets are not steps of one sequence", function()
    local g = native.new()
    local x = g:input({ 4, 3 }, "real", 1, false)
    local other = g:input({ 4 }, "i32", 2, false)
    local plain = g:input({ 4 }, "i32", false, false)
    for _, y in ipairs { other, plain } do
      local ok, message = pcall(g.op, g, "cross_entropy", { x, y }, {})
      assert.is_false(ok)
      assert.matches("want a class for each step of that sequence", message, 1, true)
    end
    local reals = g:input({ 4, 3 }, "real", 2, false)
    local ok, message = pcall(g.op, g, "mse", { x, reals }, {})
    assert.is_false(ok)
    assert.matches("mse: predictions are (4, 3) (a sequence)", message, 1, true)
  end)

  it("counts right answers of bce as shares of a step's logits", function()
    local got = run(LOSSES[6], 5, 0, 0)
    assert.is_true(got.correct > 0 and got.correct < STEPS)
    assert.near(as_samples(LOSSES[6]).correct, got.correct, 1e-9)
  end)
end)
