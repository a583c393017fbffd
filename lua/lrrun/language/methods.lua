--- Methods of the objects that recipes get, for help and for messages: what each takes, and what
--- it is for. Those that are not here belong to lrrun itself. Layer: language.

local methods = {
  --- "model:step" -> { what it takes, what it does }.
  list = {
    ["layer:build"] = { "(shape, { batch, seed, dtype, seq, vocab, freeze, portable, precision })",
      "A model of this layer for samples of that shape (or for a data set), its weights drawn." },
    ["loss:build"] = { "(shape, { batch })", "The loss alone, for predictions of that shape." },
    ["loss:forward"] = { "(x, target)", "The mean loss of predictions, tensors." },
    ["loss:backward"] = { "()", "The gradient of the predictions, a tensor." },
    ["model:forward"] = { "(x, { train, len, t, inputs })",
      "The output for a batch, a tensor that the next forward overwrites; of scaled targets in "
      .. "their scale (dataset:unscale)." },
    ["model:backward"] = { "(gradient)",
      "Gradients of all parameters for the output's gradient." },
    ["model:step"] = { "(batch, loss, { again })", "Forward and backward of a batch: the mean "
      .. "loss, and how many samples are classified right. The update is the optimizer's." },
    ["model:evaluate"] = { "(batch, loss)",
      "The mean loss of a batch, and how many samples are classified right, without training." },
    ["model:params"] = { "()", "Parameters by name, tensors: setting one changes the network." },
    ["model:buffers"] = { "()", "Running statistics by name, tensors." },
    ["model:grads"] = { "()", "Gradients of the parameters by name, tensors." },
    ["model:shape"] = { "()", "Shape of the output of one sample, and whether it is a sequence." },
    ["optim:bind"] = { "(model)", "The optimizer at work on a model, or on { name = tensor }." },
    ["optimizer:update"] = { "{ lr, clip, grads, clock, again }",
      "One update of the weights with the gradients that are there; numbers that are given hold "
      .. "from here on." },
    ["optimizer:state"] = { "()", "All that the next update depends on, as copies." },
    ["optimizer:load"] = { "(state)", "Puts back what state gave." },
    ["schedule:at"] = { "(step, { lr, steps_per_epoch, total_steps })",
      "The schedule's value at an update, of a clock." },
    ["dataset:batches"] = { "(split, epoch, { scaled })", "For loops: the batches of one epoch "
      .. "(from 1) of 'train', 'val' or 'test', each { n, x, y }, of sequences also len and t. y "
      .. "is as in the data; scaled = true: numbers as recipes learn them (target_scale)." },
    ["dataset:unscale"] = { "(y)", "Numbers of scaled targets, a model's output or a flat list, "
      .. "in the data's own units: y * target_deviations + target_means, a flat list." },
    ["dataset:describe"] = { "()", "What the data are, in a line, and what was decided for them." },
    ["dataset:vocabulary"] = { "()", "The words of texts; word i has the id i + 1." },
    ["tokenizer:encode"] = { "(text)", "A text as ids, from 0: of data.tokenizer, where task = "
      .. "\"lm\"." },
    ["tokenizer:decode"] = { "(ids)", "The text that a list of ids is." },
    ["tensor:values"] = { "()", "The numbers as a flat list, row by row." },
    ["tensor:set"] = { "(values)", "Other numbers: a flat list, or a tensor of the same size." },
    ["tensor:shape"] = { "()", "The sizes, a list." },
    ["tensor:dtype"] = { "()", "'real', 'i32' or 'u8'." },
    ["tensor:copy"] = { "()", "A tensor of its own with the same numbers." },
  },
}

-- What scripts often call these objects.
local SHORT = { opt = "optimizer", data = "dataset", ds = "dataset", sched = "schedule",
  m = "model", t = "tensor", net = "model" }

-- Kinds of values whose methods are those of all of their module.
local MODULES = { nn = "layer", optim = "optim", schedule = "schedule", data = "dataset" }
local LOSSES = { cross_entropy = true, focal = true, bce = true, sigmoid_focal = true, mse = true,
  l1 = true, huber = true }

--- The name in the list of a method as somebody calls it ("opt:update", "nn.linear:build"), or
--- nil.
---@param name string
---@return string?
function methods.find(name)
  local kind, method = name:match "^([%w_.]+):([%w_]+)$"
  if not kind then
    return nil
  end
  local module, constructor = kind:match "^(%l+)%.([%w_]+)$"
  if module then
    kind = module == "nn" and LOSSES[constructor] and "loss" or MODULES[module]
  end
  name = ("%s:%s"):format(SHORT[kind] or kind, method)
  return methods.list[name] and name or nil
end

--- Kinds of objects that a module's functions make or lead to.
methods.kinds = { nn = { "layer", "loss", "model" }, optim = { "optim", "optimizer" },
  schedule = { "schedule" }, data = { "dataset" }, tensor = { "tensor" } }

--- Names of the methods of a kind of objects ("model", "opt"), sorted.
---@param kind string
---@return string[]
function methods.of(kind)
  local names = {}
  for name in pairs(methods.list) do
    names[#names + 1] = name:match "^[^:]+" == (SHORT[kind] or kind) and name or nil
  end
  table.sort(names)
  return names
end

return methods
