--- Golden cases of kind "optimizer": parameters after each update, of one tensor or of several by
--- name; where the case has them, the weights to evaluate and the estimated distance.

local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"
local units = require "lrrun.util.units"

local golden = {}

local ENV = { optim = optim, steps = units.steps }
local D_RTOL = 1e-4 -- of an estimated distance

local function off(want, got, rtol)
  local most = 0
  for _, x in ipairs(want) do
    most = math.max(most, math.abs(x))
  end
  for i, x in ipairs(want) do
    if got[i] ~= got[i] or math.abs(got[i] - x) > rtol * most then
      return i
    end
  end
end

-- The case with several tensors in every field: init[name] = { shape, data }, a row of grads,
-- params or eval = { name = values }.
local function by_name(case)
  if not case.init[1] then
    return case
  end
  local function rows(list)
    local out = list and {}
    for i, row in ipairs(list or {}) do
      out[i] = { w = row }
    end
    return out
  end
  return {
    expr = case.expr, rtol = case.rtol, d = case.d,
    init = { w = { shape = case.shape or { #case.init }, data = case.init } },
    grads = rows(case.grads), params = rows(case.params), eval = rows(case.eval),
  }
end

local function tensors(case, row)
  local out = {}
  for name, values in pairs(row) do
    out[name] = tensor.new(case.init[name].shape, values)
  end
  return out
end

local function compare(case, step, what, want, got)
  for name, row in pairs(want) do
    local values = got[name]:values()
    local i = off(row, values, case.rtol)
    if i then
      return ("%s: update %d, %s %d of %s is %.9g, want %.9g"):format(case.expr, step, what, i,
        name, values[i], row[i])
    end
  end
end

-- What evaluation has to see, while it is in the tensors.
local function compare_eval(case, step, opt, w)
  return opt:evaluated(function()
    return compare(case, step, "evaluated parameter", case.eval[step], w)
  end)
end

local function compare_d(case, step, opt)
  local want, got = case.d[step], opt:state().scalars["d.1"]
  if not got or math.abs(got - want) > D_RTOL * math.abs(want) then
    return ("%s: update %d: d is %s, want %.9g"):format(case.expr, step, tostring(got), want)
  end
end

local function check(case, step, opt, w)
  return compare(case, step, "parameter", case.params[step], w)
    or case.eval and compare_eval(case, step, opt, w)
    or case.d and compare_d(case, step, opt)
    or nil
end

--- True, or false and what differs.
---@param case table see the README of the cases: { expr, rtol, init, grads, params, shape?, eval?,
--- d? }
---@return boolean, string?
function golden.run(case)
  case = by_name(case)
  local value = assert(load("return " .. case.expr, "=expr", "t", ENV))()
  local start = {}
  for name, item in pairs(case.init) do
    start[name] = item.data
  end
  local w = tensors(case, start)
  local opt = value:bind(w)
  for step, row in ipairs(case.grads) do
    opt:update { grads = tensors(case, row) }
    local why = check(case, step, opt, w)
    if why then
      return false, why
    end
  end
  return true
end

return golden
