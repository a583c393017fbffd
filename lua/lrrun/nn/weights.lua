--- Weights of classes and outputs in a loss: what a recipe gives, as numbers for the operator.
---
--- "balanced" depends on the data: n / (k n_c) of a class with n_c of n targets of k classes, as
--- in scikit-learn; n_0 / n_1 of an output with n_1 ones. Layer: nn.

local errors = require "lrrun.util.errors"

local weights = {}

local NAMED = 12 -- classes that a message lists

--- The rules of keys.
weights.CLASSES = { "class_weights", { "string", "table" }, choices = { "balanced" },
  doc = "what a target of each class counts: { name = weight }, { [0] = weight } by the class's "
    .. "number, counted from 0 as targets are, a list with one for each class in their order, or "
    .. "\"balanced\": n / (classes * n of the class) in train. The mean is over the weights, "
    .. "in val_loss too, as PyTorch's weight; default: all count 1" }
weights.OUTPUTS = { "pos_weight", { "number", "string", "table" }, above = 0,
  choices = { "balanced" },
  doc = "what a target of 1 counts against one of 0: a number, a list with one for each output, or "
    .. "\"balanced\": zeros / ones in train. In val_loss too, as PyTorch's pos_weight; "
    .. "default: 1" }

local function check_number(x, key, place, fail, zero)
  if math.type(x) == nil or x ~= x or x < 0 or x == math.huge or x == 0 and not zero then
    fail(key, "has %s = %s, want a number %s", place, errors.show(x),
      zero and "0 or more" or "above 0")
  end
end

--- What can be checked without the data. zero: 0 is taken too.
function weights.check(key, given, fail, zero)
  if type(given) ~= "table" then
    return
  elseif next(given) == nil then
    fail(key, "is empty")
  end
  for name, x in pairs(given) do
    if type(name) ~= "string" and math.type(name) ~= "integer" then
      fail(key, "has the key %s, want names of classes", errors.show(name))
    end
    check_number(x, key, type(name) == "string" and name or ("[%d]"):format(name), fail, zero)
  end
end

-- How long a list is: a table with the places 1 to n alone; nil for others.
local function list_length(t)
  local n = 0
  for _ in pairs(t) do
    n = n + 1
  end
  for i = 1, n do
    if t[i] == nil then
      return nil
    end
  end
  return n
end

-- Names of the classes, and the place of what a recipe may call each: its name, and where no
-- name is a number, its number from 0.
local function names_of(dataset)
  local names, place, numbered = {}, {}, false
  for i = 1, dataset.classes do
    names[i] = dataset.class_names and dataset.class_names[i] or tostring(i - 1)
    place[names[i]] = i
    numbered = numbered or math.tointeger(tonumber(names[i])) ~= nil
  end
  for i = 1, numbered and 0 or #names do
    place[i - 1] = i
  end
  return names, place
end

local function raise(loss, key, fmt, ...)
  errors.raise(loss.where, "%s: '%s' %s", loss.kind, key, fmt:format(...))
end

local function listed(names)
  return table.concat(names, ", ", 1, math.min(#names, NAMED)) .. (#names > NAMED and ", ..." or "")
end

local function by_name(loss, key, given, dataset)
  local names, place = names_of(dataset)
  local out = {}
  for i = 1, #names do
    out[i] = 1
  end
  for name, x in pairs(given) do
    local i = place[name] or place[tostring(name)]
    if not i then
      raise(loss, key, "names a class %s%s", errors.show(tostring(name)), errors.after_hint(
        errors.hint(tostring(name), names),
        ("there are %d classes: %s"):format(#names, listed(names))))
    end
    out[i] = x
  end
  return out
end

-- A list that is shorter or longer says nothing of which classes it means.
local function in_order(loss, key, given, n, dataset)
  if n == dataset.classes then
    return given
  end
  local names = names_of(dataset)
  raise(loss, key, "has %d number%s for %d classes; want one for each, in the order %s, or classes "
    .. "by name: { [%q] = %s }", n, n == 1 and "" or "s", #names, listed(names), names[#names],
    errors.show(given[n]))
end

-- Targets of train, by class or output: their sums, and how many targets there are.
local function counts_of(loss, key, dataset)
  local counts = dataset.counts
  if not counts then
    raise(loss, key, "is \"balanced\", and how many targets of each class were trained on is not "
      .. "known here; want numbers")
  end
  return counts.of, counts.n
end

local function balanced(loss, key, dataset)
  local counts, n = counts_of(loss, key, dataset)
  local out, there = {}, 0
  for _, count in ipairs(counts) do
    there = there + (count > 0 and 1 or 0)
  end
  for i, count in ipairs(counts) do
    out[i] = count > 0 and n / (there * count) or 1 -- no target of it is seen
  end
  return out
end

--- Numbers for each class: nil where nothing is given.
---@param loss table the loss's value
---@param key string
---@param dataset table classes, class_names, counts
---@return number[]?
function weights.of_classes(loss, key, dataset)
  local given = loss.opts[key]
  if given == nil or not dataset.classes then
    return nil
  elseif given == "balanced" then
    return balanced(loss, key, dataset)
  end
  local n = list_length(given)
  if n then
    return in_order(loss, key, given, n, dataset)
  end
  return by_name(loss, key, given, dataset)
end

--- The same of each output: targets of 1 against those of 0.
function weights.of_outputs(loss, key, dataset)
  local given = loss.opts[key]
  if given ~= "balanced" or not dataset.targets then
    return nil
  end
  local ones, n = counts_of(loss, key, dataset)
  local out = {}
  for i, sum in ipairs(ones) do
    if not (sum > 0 and sum < n) then
      raise(loss, key, "is \"balanced\", and of %d targets of output %d %s", n, i,
        sum > 0 and "none is 0" or "none is 1")
    end
    out[i] = (n - sum) / sum
  end
  return out
end

--- A list of numbers for the operator; raises where they hang on data that are not known.
function weights.numbers(loss, key)
  local given = loss.opts[key]
  if type(given) == "number" then
    return { given }
  elseif given == nil or type(given) == "table" and list_length(given) then
    return given
  end
  raise(loss, key, "is %s, which hangs on the data; in a loop of one's own want a list of numbers",
    type(given) == "string" and errors.show(given) or "by name")
end

return weights
