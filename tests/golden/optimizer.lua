--- Golden cases of kind "optimizer": parameters after each update.

local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

local golden = {}

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

--- True, or false and what differs.
---@param case table { expr, init, grads, params, rtol }
---@return boolean, string?
function golden.run(case)
  local value = assert(load("return " .. case.expr, "=expr", "t", { optim = optim }))()
  local w = tensor.new({ #case.init }, case.init)
  local opt = value:bind { w = w }
  for step, grads in ipairs(case.grads) do
    opt:update { grads = { w = tensor.new({ #grads }, grads) } }
    local got = w:values()
    local i = off(case.params[step], got, case.rtol)
    if i then
      return false, ("%s: update %d, parameter %d is %.9g, want %.9g"):format(case.expr, step, i,
        got[i], case.params[step][i])
    end
  end
  return true
end

return golden
