--- How a network's tensors have grown against those of a narrower one, its base, and what follows
--- for their start and for the way forward in the maximal update parametrisation (muP): what is
--- tuned on the base holds for the network.
--
-- A tensor has a way in and a way out; m is by how many times either has grown. One that has
-- grown neither way is fixed, a list of numbers (bias, norm) that grows a vector. Of matrices and
-- kernels: input (out alone), hidden (both), output (in alone). What holds for rates is the
-- optimizer's (lrrun.optim.mup).
--   start    deviation as the base's, of a hidden one / sqrt(m in)
--   forward  the input of a tensor that gives outputs / m in
-- Source: Yang et al., Tensor Programs V (arXiv 2203.03466), table 8, which is that of the package
-- mup 1.0. Layer: nn.

local widths = {}

local function text(shape)
  return "(" .. table.concat(shape, ", ") .. ")"
end

-- Place of the way out and of the way in among a tensor's axes.
local AXES = { out_in = { 1, 2 }, in_out = { 2, 1 } }

-- Whether a tensor can be compared with that of the base: axes of windows do not grow.
local function fault_of(base, shape)
  if #base ~= #shape then
    return ("has %d axes, and %d in the base"):format(#shape, #base)
  end
  for i = 3, #shape do
    if base[i] ~= shape[i] then
      return ("is %s, and %s in the base: windows of other sizes are no width"):format(text(shape),
        text(base))
    end
  end
  return nil
end

local function role_of(m_in, m_out, rank)
  if m_in == 1 and m_out == 1 then
    return "fixed"
  elseif rank == 1 then
    return "vector"
  end
  return m_out == 1 and "output" or m_in == 1 and "input" or "hidden"
end

-- Deviation of one number of a tensor that starts so. An orthonormal matrix has rows or columns of
-- length a, whichever are more.
local function deviation(init, shape)
  if init.kind == "constant" then
    return 0
  elseif init.kind == "uniform" then
    return init.a / math.sqrt(3)
  elseif init.kind == "normal" then
    return init.a
  end
  local n = 1
  for i = 2, #shape do
    n = n * shape[i]
  end
  return init.a / math.sqrt(math.max(shape[1], n))
end

--- How a tensor compares with the base's: { m_in, m_out, role, start, forward, shape, base = its
--- shape there }, of which start is what its own start is multiplied by. Nil and why it cannot be
--- compared.
---@param made { shape: integer[], init: table } the base's
---@param shape integer[]
---@param init { kind: string, a: number } as the layer has it at this width
---@param layout "out_in"|"in_out"
---@return table?, string?
function widths.compare(made, shape, init, layout)
  local fault = fault_of(made.shape, shape)
  if fault then
    return nil, fault
  end
  local axes, m = AXES[layout], { 1, 1 }
  for i, axis in ipairs(axes) do
    m[i] = shape[axis] and shape[axis] / made.shape[axis] or 1
  end
  local out = { m_in = m[2], m_out = m[1], role = role_of(m[2], m[1], #shape), forward = 1,
    shape = shape, base = made.shape }
  local own = deviation(init, shape)
  local wanted = deviation(made.init, made.shape)
  if out.role == "hidden" then
    wanted = wanted / math.sqrt(out.m_in)
  end
  out.start = own > 0 and wanted / own or 1
  return out
end

--- By what the input of a product with this weight, (outputs, inputs, ...), is multiplied: 1 where
--- its outputs have grown, or its inputs have not.
---@param made { shape: integer[] } the base's
---@param shape integer[]
function widths.forward(made, shape)
  if shape[1] ~= made.shape[1] or #shape < 2 then
    return 1
  end
  return made.shape[2] / shape[2]
end

return widths
