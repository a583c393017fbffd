--- Whether a network fits data with a target at each step. Layer: nn.

local counted = require "lrrun.util.counted"

local per_step = {}

local function text(shape)
  return "(" .. table.concat(shape, ", ") .. ")"
end

-- What a network may have done to the steps; where it has only another width, the layer that has
-- the right one.
local function hint_of(shape, right_steps, dataset)
  if #shape < 2 then
    return " (a layer before it makes one of all steps: pooling, nn.flatten, nn.last, "
      .. "nn.first, or a recurrent layer without sequences = true)"
  end
  return not right_steps and " (a layer before it changes the number of steps)"
    or dataset.next and " (nn.linear(\"vocab\") at the end gives it)" or ""
end

local function goal_of(dataset, classes)
  if classes then
    return "one of " .. counted(dataset.classes, "class", "classes")
  end
  return counted(dataset.targets, "target")
end

--- What is wrong with a network's output for this data: "model" and what; nothing where it
--- has logits, or numbers, at each step.
---@param classes boolean
---@param dataset table with per_step
---@param shape integer[] of the output
---@param seq boolean its first axis is time of varying length
function per_step.check(classes, dataset, shape, seq)
  local steps = dataset.length or dataset.shape[1]
  local width = classes and dataset.classes or dataset.targets
  local right_steps = seq == (dataset.seq or false) and shape[1] == steps
  local right_width = shape[2] == width or not classes and #shape == 1 and width == 1
  if right_steps and right_width and #shape <= 2 then
    return nil
  end
  return "model", ("the output is %s for each sample, and %s has %s at each of %s steps: want "
    .. "(%s, %d)%s"):format(text(shape), dataset.kind, goal_of(dataset, classes),
    dataset.seq and "its" or steps, dataset.seq and "t" or steps, width,
    hint_of(shape, right_steps, dataset))
end

return per_step
