-- Golden cases of kinds "layer" and "loss": forward and backward against the numbers in the
-- file. Each array has to be within rtol of each value, or within atol times the larger of
-- 1 and its own largest magnitude.

local nn = require "lrrun.nn"
local tensor = require "lrrun.native.tensor"

local golden = {}

local function of_table(t, dtype)
  return tensor.new(t.shape, t.data, dtype)
end

local function numbers(list)
  local out = {}
  for i, x in ipairs(list) do
    out[i] = math.tointeger(x) or x
  end
  return out
end

local function near(case, name, want, got)
  if #want ~= #got then
    error(("%s: %d values, want %d"):format(name, #got, #want), 0)
  end
  local largest = 1
  for _, x in ipairs(want) do
    largest = math.max(largest, math.abs(x))
  end
  for i, x in ipairs(want) do
    local off = math.abs(got[i] - x)
    if not (off <= case.rtol * math.abs(x) or off <= case.atol * largest) then
      error(("%s[%d]: %.9g, want %.9g"):format(name, i, got[i], x), 0)
    end
  end
end

local function sample_shape(shape)
  return { table.unpack(shape, 2) }
end

local function set_all(named, values)
  for name, t in pairs(values or {}) do
    if not named[name] then
      error(("there is no '%s'"):format(name), 0)
    end
    named[name]:set(t.data)
  end
end

local function compare_all(case, what, want, named)
  for name, t in pairs(want or {}) do
    if not named[name] then
      error(("there is no %s of '%s'"):format(what, name), 0)
    end
    near(case, what .. " " .. name, t.data, named[name]:values())
  end
end

local function run_layer(case, value)
  local shape = case.input.shape
  local model = value:build(sample_shape(shape), { batch = shape[1],
    input_grad = case.grad_input and true or nil })
  local _, _, dtype = model.builder:shape(model.input)
  set_all(model:params(), case.params)
  set_all(model:buffers(), case.buffers_before)
  local x = tensor.new(shape, dtype == "i32" and numbers(case.input.data) or case.input.data, dtype)
  local y = model:forward(x, { train = case.train })
  near(case, "output", case.output.data, y:values())
  local gx = model:backward(of_table(case.grad_output))
  if case.grad_input then
    near(case, "grad_input", case.grad_input.data, gx:values())
  end
  compare_all(case, "gradient", case.grad_params, model:grads())
  compare_all(case, "buffer", case.buffers_after, model:buffers())
end

local function run_loss(case, value)
  local shape = case.input.shape
  local loss = value:build(sample_shape(shape), { batch = shape[1] })
  local data = loss.dtype == "i32" and numbers(case.target.data) or case.target.data
  local target = tensor.new(case.target.shape, data, loss.dtype)
  near(case, "output", { case.output }, { loss:forward(of_table(case.input), target) })
  near(case, "grad_input", case.grad_input.data, loss:backward():values())
end

--- True, or false and what differs.
---@param case table as the reference cases' README tells
---@return boolean ok, string? message
function golden.run(case)
  local value = assert(load("return " .. case.expr, "=expr", "t", { nn = nn }))()
  return pcall(case.kind == "loss" and run_loss or run_layer, case, value)
end

return golden
