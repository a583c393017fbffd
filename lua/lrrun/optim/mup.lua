--- Rates of tensors of a network that has grown against its base (lrrun.nn.widths), by the law of
--- the optimizer, so that the base's best rate stays the best (maximal update parametrisation).
--
-- With outputs divided by m, gradients of all tensors that have grown shrink as 1 / m. An update
-- that does not know the gradient's size (Adam's kin) moves each weight by the rate: a hidden one
-- has m times as many inputs, which move together, so its rate is / m. One that is proportional to
-- the gradient (SGD) is too small by m in tensors that have grown one way. An orthogonal one has
-- the scale s of its shape, and is to have sqrt(m out / m in) times the base's. What decays is the
-- rate times weight_decay, which stays: weight_decay is / as much as the rate is times. Adam's eps
-- is compared with gradients, and shrinks with them.
--
-- Source: Yang et al., Tensor Programs V (arXiv 2203.03466), table 8, in the form of the package
-- mup 1.0 (MuAdam, MuSGD); eps: Dey et al., CompleteP (arXiv 2505.01618), table 1; orthogonal:
-- Yang et al., A spectral condition (arXiv 2310.17813). Layer: optim.

local errors = require "lrrun.util.errors"
local factors = require "lrrun.optim.factors"
local matrices = require "lrrun.optim.matrices"

local mup = {}

-- Law -> factor of the rate of a tensor { m_in, m_out, role }.
local RATE = {
  adam = function(w)
    return w.role == "hidden" and 1 / w.m_in or 1
  end,
  sgd = function(w)
    if w.role == "hidden" then
      return w.m_out / w.m_in
    end
    return w.role == "output" and w.m_in or w.m_out
  end,
}

local function elements(shape, from)
  local n = 1
  for i = from, #shape do
    n = n * shape[i]
  end
  return n
end

-- The factor of the rate of a matrix whose steps have a size by its shape: the size that is wanted,
-- which goes as sqrt(m out / m in), over what it is.
local function of_matrix(value, size, w)
  local now = size(value.opts, w.shape[1], elements(w.shape, 2))
  local before = size(value.opts, w.base[1], elements(w.base, 2))
  return math.sqrt(w.m_out / w.m_in) * before / now
end

-- Names of the parameters that an optimizer of matrices takes as such.
local function taken(model)
  local names, shapes, out = {}, {}, {}
  for i, s in ipairs((model.graph:segments())) do
    names[i], shapes[i] = s.name, s.shape
  end
  for i, item in ipairs(matrices.of(names, shapes, model:roles())) do
    out[names[i]] = item.pieces ~= nil
  end
  return out
end

--- Factors on an optimizer's numbers (factors.lua) by the name of a parameter.
---@param value table the optimizer's
---@param spec table its file's: law, size
---@param model table a built network that has a base
---@return table<string, { lr: number, weight_decay: number, eps: number }>
function mup.factors(value, spec, model)
  if not spec.law then
    errors.raise(value.where, "transfer: how rates of %s go with width is not known; it is of "
      .. "optim.sgd, optim.adamw and its kin, optim.muon", value.kind)
  end
  local out, whole = {}, spec.size and taken(model) or {}
  for name, w in pairs(model.builder.widths) do
    local lr = whole[name] and of_matrix(value, spec.size, w) or RATE[spec.law](w)
    local m = w.m_in ~= 1 and w.m_in or w.m_out
    out[name] = { lr = lr, weight_decay = 1 / lr, eps = spec.law == "adam" and 1 / m or 1 }
  end
  return out
end

--- Factors that are given, and those of a network that has a base.
---@param value table the optimizer's
---@param model table? a built network
---@param given table<string, table> factors by name
---@return table<string, table>
function mup.with_widths(value, model, given)
  if not model or not model.builder.context.base then
    return given
  end
  return factors.joined { value:width_factors(model), given }
end

return mup
