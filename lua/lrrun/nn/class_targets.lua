--- What a loss of classes is asked: whether network and data fit it, what an evaluation
--- counts beside it, and what an output says. For the methods of loss.lua. Layer: nn.

local measure = require "lrrun.native.measure"

local of = {}

local TOP = 3

local function name_of(dataset, class)
  return dataset.class_names and dataset.class_names[class] or tostring(class - 1)
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
    return "model", ("the output is (%s) for each sample, and %s has %d classes: want (%d)%s")
      :format(table.concat(shape, ", "), dataset.kind, classes, classes,
      #shape > 1 and " (nn.flatten or a pooling layer is missing?)" or "")
  end
end

--- Counts right answers by class: `add(output, y)` for each batch, then `figures()`, which
--- gives { classes = { { name, n, accuracy }, ... } }.
function of.measure(dataset)
  local counts = measure.classes(dataset.classes)
  return {
    add = function(output, y)
      counts:add(output, y)
    end,
    figures = function()
      local n, right = counts:counts()
      local rows = {}
      for i = 1, dataset.classes do
        rows[i] = { name = name_of(dataset, i), n = n[i],
          accuracy = n[i] > 0 and right[i] / n[i] or nil }
      end
      return { classes = rows }
    end,
  }
end

-- The TOP most probable classes; ties keep the lower class first.
local function top_of(dataset, p)
  local order = {}
  for class = 1, #p do
    local place = math.min(#order, TOP) + 1
    while place > 1 and p[order[place - 1]] < p[class] do
      place = place - 1
    end
    if place <= TOP then
      table.insert(order, place, class)
      order[TOP + 1] = nil
    end
  end
  local out = {}
  for i, class in ipairs(order) do
    out[i] = { label = name_of(dataset, class), class = class - 1, probability = p[class] }
  end
  return out
end

--- What a sample's probabilities say: { label, class, probability, top = the TOP most
--- probable of such }.
---@param dataset table
---@param p number[]
function of.answer(dataset, p)
  local top = top_of(dataset, p)
  return { label = top[1].label, class = top[1].class, probability = top[1].probability,
    top = top }
end

return of
