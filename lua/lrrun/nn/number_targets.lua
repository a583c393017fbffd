--- What a loss of numbers is asked: whether network and data fit it, and what an output says.
--- For the methods of loss.lua. Layer: nn.

local counted = require "lrrun.util.counted"
local task = require "lrrun.nn.task"

local of = {}

local function count(shape)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  return n
end

-- How classes that are numbers are learned as such; "" where they are words or tokens.
local function as_numbers(dataset, scales)
  local names = dataset.class_names
  if dataset.next or names and not (tonumber(names[1]) and tonumber(names[#names])) then
    return ""
  end
  local key = task.text(dataset)
  return scales and key ~= "" and ("; to learn them as numbers, want%s"):format(key:sub(5))
    or not scales and ("; to learn numbers, want nn.mse%s"):format(key) or ""
end

--- What is wrong with a network's output of `shape` for this data: "loss" or "model", whose
--- fault it is, and what; nothing where they fit.
---@param others string the losses for classes
---@param scales boolean? whether the loss learns numbers of any size
function of.check(dataset, shape, others, scales)
  local want = dataset.targets or 1
  if dataset.classes then
    return "loss", ("the targets of %s are %s; want %s%s"):format(dataset.kind,
      counted(dataset.classes, "class", "classes"), others, as_numbers(dataset, scales))
  elseif count(shape) ~= want then
    return "model", ("the output is (%s) for each sample, and %s has %s: want (%d)%s")
      :format(table.concat(shape, ", "), dataset.kind, counted(want, "target"), want,
        want == 1 and #shape == 1 and "; loss = nn.cross_entropy() takes whole numbers as classes"
          or "")
  end
end

--- What the outputs of n samples say: for each { [key] = its numbers }.
---@param key string
---@param output userdata tensor (n, ...)
---@param n integer
---@param dataset table? in whose units they are, where outputs are scaled
function of.answers(key, output, n, dataset)
  local is_scaled = dataset and dataset.target_means
  local values, out = is_scaled and dataset:unscale(output) or output:values(), {}
  local width = #values // n
  for i = 1, n do
    out[i] = { [key] = table.move(values, (i - 1) * width + 1, i * width, 1, {}) }
  end
  return out
end

return of
