--- What a loss of classes is asked: whether network and data fit it, and what an output says.
--- For the methods of loss.lua. Layer: nn.

local measure = require "lrrun.native.measure"
local target_tokens = require "lrrun.nn.target_tokens"
local task = require "lrrun.nn.task"

local of = {}

local TOP = 3

local function name_of(dataset, class)
  return dataset.class_names and dataset.class_names[class] or tostring(class - 1)
end

-- Whole numbers that are so many classes may be meant as numbers.
local NUMBERS_FROM = 33

-- What to say of classes that may be meant as numbers; "" of others.
local function meant_as_numbers(dataset, others)
  local names = dataset.class_names
  if dataset.classes < NUMBERS_FROM or names and not (tonumber(names[1])
    and tonumber(names[#names])) then
    return ""
  end
  return ("; to learn numbers, want %s%s"):format(others, task.text(dataset))
end

-- What may have gone wrong with an output of another shape.
local function hint_of(dataset, shape)
  if dataset.classes == 1 then
    return " (all targets are the same: there is nothing to tell apart)"
  elseif #shape == 1 then
    return target_tokens(dataset) and " (nn.linear(\"vocab\") at the "
      .. "end gives it: the end of a text is one more)" or ""
  elseif dataset.vocab and dataset.kind == "data.text" then
    return " (nn.last() makes one row of all steps; task = \"lm\" in data.text has a target at "
      .. "each)"
  end
  return #shape > 1 and " (nn.flatten or a pooling layer is missing?)" or ""
end

--- What is wrong with a network's output of `shape` for this data: "loss" or "model", whose
--- fault it is, and what; nothing where they fit.
---@param others string the losses for numbers
function of.check(dataset, shape, others)
  local classes = dataset.classes
  if not classes then
    return "loss", ("the targets of %s are numbers, not classes; want %s"):format(dataset.kind,
      others)
  elseif #shape ~= 1 or shape[1] ~= classes then
    return "model", ("the output is (%s) for each sample, and %s has %d class%s: want (%d)%s%s")
      :format(table.concat(shape, ", "), dataset.kind, classes, classes == 1 and "" or "es",
        classes, hint_of(dataset, shape), meant_as_numbers(dataset, others))
  end
end

-- What sample i of n says.
local function answer(dataset, output, n, i)
  local classes, probabilities = measure.largest(output, n, i, TOP)
  local top = {}
  for place, class in ipairs(classes) do
    top[place] = { label = name_of(dataset, class), class = class - 1,
      probability = probabilities[place] }
  end
  return { label = top[1].label, class = top[1].class, probability = top[1].probability,
    top = top }
end

--- What the probabilities of n samples say: for each { label, class, probability, top = the
--- TOP most probable of such }, of equal ones the lower class first.
---@param dataset table
---@param output userdata tensor (n, classes)
---@param n integer
function of.answers(dataset, output, n)
  local out = {}
  for i = 1, n do
    out[i] = answer(dataset, output, n, i)
  end
  return out
end

return of
