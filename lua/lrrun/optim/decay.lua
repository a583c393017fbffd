--- Which parameters weight decay leaves alone: decay = "matrices" keeps it for tensors of two axes
--- and more (weights of layers, kernels, embeddings of tokens), so that biases, scales and shifts
--- of norms, and embeddings of positions have none. A group that says its weight_decay decays
--- whatever it matches.
--
-- Practice since Goyal et al. 2017 (arXiv 1706.02677, 5.1, for norms) and GPT-2. Layer: optim.

local decay = {}

decay.RULE = { "decay", "string", choices = { "all", "matrices" }, default = "all",
  doc = "what weight_decay is for: \"matrices\" leaves biases, norms and embeddings of positions "
    .. "without" }

--- The part of an optimizer's check.
function decay.check(fail, o)
  if o.decay ~= "matrices" then
    return
  end
  local any = o.weight_decay ~= 0 or o.adamw and (o.adamw.opts.weight_decay or 0) ~= 0
  for _, group in ipairs(o.groups or {}) do
    any = any or (group.opts.weight_decay or 0) ~= 0
  end
  if not any then
    fail("decay", "is \"matrices\", and weight_decay is 0: there is none to leave away")
  end
end

--- Whether a parameter decays.
---@param name string
---@param shape integer[]
---@return boolean
function decay.has(name, shape)
  return #shape >= 2 and not name:find "%f[%w_]positions%."
end

--- The factors (factors.lua) of the parameters that have none.
---@param value table the optimizer's
---@param group_of integer[] each parameter's group
---@param names string[]
---@param shapes integer[][]
---@return table<string, table>
function decay.factors(value, group_of, names, shapes)
  local groups, out = value.opts.groups or {}, {}
  for i, name in ipairs(names) do
    local g = group_of[i]
    local own = g > 1 and groups[g - 1].opts.weight_decay
    if not own and not decay.has(name, shapes[i]) then
      out[name] = { weight_decay = 0 }
    end
  end
  return out
end

return decay
