--- Golden cases of kind "train": a network trained on one batch by an optimizer that may take
--- several gradients for an update. The loss before each update, at the weights themselves, is
--- right within rtol; each parameter after it within rtol of the largest in its tensor.

local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"
local units = require "lrrun.util.units"

local golden = {}

local ENV = { nn = nn, optim = optim, steps = units.steps }

local function value_of(text)
  return assert(load("return " .. text, "=expr", "t", ENV))()
end

local function integers(list)
  local out = {}
  for i, x in ipairs(list) do
    out[i] = math.tointeger(x)
  end
  return #out == #list and out or nil
end

-- Targets of whole numbers are classes.
local function batch_of(case)
  local classes = integers(case.target.data)
  return {
    x = tensor.new(case.input.shape, case.input.data),
    y = tensor.new(case.target.shape, classes or case.target.data, classes and "i32" or nil),
  }
end

local function near(step, what, want, got, rtol)
  local most = 0
  for _, x in ipairs(want) do
    most = math.max(most, math.abs(x))
  end
  for i, x in ipairs(want) do
    local is_near = math.abs(got[i] - x) <= rtol * most -- false of NaN
    if not is_near then
      error(("update %d, %s %d is %.9g, want %.9g"):format(step, what, i, got[i], x), 0)
    end
  end
  if #want ~= #got then
    error(("%s: %d values, want %d"):format(what, #got, #want), 0)
  end
end

local function start(case)
  local model = value_of(case.model):build({ table.unpack(case.input.shape, 2) },
    { batch = case.input.shape[1], seed = 1 })
  local params = model:params()
  for name, t in pairs(case.params) do
    if not params[name] then
      error(("there is no parameter '%s'"):format(name), 0)
    end
    params[name]:set(t.data)
  end
  for name in pairs(params) do
    if not case.params[name] then
      error(("the case has no '%s'"):format(name), 0)
    end
  end
  return model
end

--- Runs a case; raises where a figure is off.
---@param case table see the README of the cases
---@return boolean
function golden.run(case)
  local model, batch, loss = start(case), batch_of(case), value_of(case.loss)
  local opt, params = value_of(case.expr):bind(model), model:params()
  local function again()
    return (model:step(batch, loss, { again = true }))
  end
  for k, want in ipairs(case.steps) do
    local before = model:step(batch, loss)
    near(k, "loss", { want.loss }, { before }, case.rtol)
    opt:update { loss = before, again = again }
    for name, row in pairs(want.params) do
      near(k, name, row, params[name]:values(), case.rtol)
    end
  end
  return true
end

return golden
