-- Golden cases of kind "metrics": outputs and targets in batches of 7 and at once, and their
-- figures, in which single precision and the order of sums show behind the 7th digit.

local measure = require "lrrun.train.measure"
local tensor = require "lrrun.native.tensor"

local golden = {}

local NEAR = 1e-6
local LOSSES = { classes = "nn.cross_entropy", binary = "nn.bce", numbers = "nn.mse" }

local function part(list, from, to, shape, dtype)
  local out = {}
  for i = from, to do
    out[#out + 1] = dtype == "i32" and math.tointeger(list[i]) or list[i]
  end
  return tensor.new(shape, out, dtype)
end

local function measured(case, batch)
  local loss = { kind = LOSSES[case.of], rows = function()
    return case.of, case.cols
  end }
  local m = measure.new(loss, { classes = case.of == "classes" and case.cols or nil })
  local n, cols = #case.outputs // case.cols, case.cols
  for from = 1, n, batch do
    local to = math.min(from + batch - 1, n)
    local rows = to - from + 1
    local x = part(case.outputs, (from - 1) * cols + 1, to * cols, { rows, cols })
    if case.of == "classes" then
      m:add(x, part(case.targets, from, to, { rows }, "i32"))
    else
      m:add(x, part(case.targets, (from - 1) * cols + 1, to * cols, { rows, cols }))
    end
  end
  return m:figures { loss = 0, weight = n, targets = n }
end

local function differs(name, want, got)
  if type(got) ~= "number" or math.abs(got - want) > NEAR * math.max(1, math.abs(want)) then
    return ("%s is %s, want %.9g"):format(name, tostring(got), want)
  end
end

-- What scikit-learn says of each class, 0 where it is not defined.
local function lists_of(result)
  local lists = { confusion = result.confusion }
  for _, row in ipairs(result.classes or {}) do
    for _, name in ipairs { "precision", "recall", "f1", "n" } do
      local list = lists["each_" .. name] or {}
      lists["each_" .. name] = list
      list[#list + 1] = row[name] or 0
    end
  end
  return lists
end

local function flat(list, out)
  out = out or {}
  for _, item in ipairs(list or {}) do
    if type(item) == "table" then
      flat(item, out)
    else
      out[#out + 1] = item
    end
  end
  return out
end

local function check(case, result)
  for _, name in ipairs(measure.FIGURES) do
    local want, got = case.figures[name], result[name]
    local counted = name ~= "loss" and name ~= "accuracy" -- what the operator counts
    local why = counted and (want and differs(name, want, got)
      or not want and got and ("%s is %s, want none"):format(name, got))
    if why then
      return why
    end
  end
  for name, want in pairs(case.lists) do
    want = flat(want)
    local got = flat(lists_of(result)[name])
    for i = 1, math.max(#want, #got) do
      local why = differs(("%s, place %d,"):format(name, i), want[i] or 0 / 0, got[i])
      if why then
        return why
      end
    end
  end
end

--- True, or false and what differs.
---@param case table { expr, of, cols, outputs, targets, figures, lists }
---@return boolean, string?
function golden.run(case)
  for _, batch in ipairs { 7, #case.outputs } do
    local why = check(case, measured(case, batch))
    if why then
      return false, why
    end
  end
  return true
end

return golden
