--- What each parameter of a built network is to it, for who treats a hidden layer's matrix in
--- another way than an embedding or what makes the output.
--
-- The layer that makes the output is the last one on each way to it that has a matrix: of sums of
-- several such layers each, but none that another of them is fed by, as the blocks of a residual
-- network are. Layer: nn.

local roles = {}

-- Operators whose parameters with two axes and more map inputs to outputs.
local MATRIX = { linear = true, conv1d = true, conv2d = true, rnn = true, lstm = true, gru = true }

-- Name of the parameters that feed a node.
local function params_of(b, edge)
  local list = {}
  for _, id in ipairs(edge.ids) do
    list[#list + 1] = b.names[id]
  end
  return list
end

local function has_matrix(b, edge)
  for _, name in ipairs(MATRIX[edge.op] and params_of(b, edge) or {}) do
    if #b.made[name].shape >= 2 then
      return true
    end
  end
  return false
end

-- Calls f(id, edge) for each operator before node `id`, once; not beyond those where it is true.
local function walk_back(b, id, f)
  local seen, rest = {}, { id }
  while #rest > 0 do
    local at = table.remove(rest)
    local edge = b.edges[at]
    if edge and not seen[at] then
      seen[at] = true
      if not f(at, edge) then
        table.move(edge.ids, 1, #edge.ids, #rest + 1, rest)
      end
    end
  end
end

-- The operators that make the output, by node.
local function last_of(b, output)
  local found = {}
  walk_back(b, output, function(id, edge)
    found[id] = has_matrix(b, edge) and edge or nil
    return found[id] ~= nil
  end)
  local fed = {}
  for id in pairs(found) do
    walk_back(b, id, function(other)
      fed[other] = fed[other] or other ~= id
      return false
    end)
  end
  for id in pairs(fed) do
    found[id] = not fed[id] and found[id] or nil
  end
  return found
end

-- What one operator makes of a parameter.
local function role_in(b, name, edge, is_last)
  local shape = b.made[name].shape
  if #shape < 2 then
    return "vector"
  elseif edge.op == "embedding" or edge.op == "positions" then
    return edge.op
  elseif is_last then
    return "output"
  elseif (edge.attrs.groups or 1) > 1 and shape[2] == 1 then
    return "depthwise"
  end
  return MATRIX[edge.op] and "matrix" or "other"
end

-- Of a parameter that several operators take, the first of these holds: a tied embedding is one.
local STRONGER = { embedding = 6, positions = 5, output = 4, depthwise = 3, other = 2, vector = 1,
  matrix = 0 }

--- name -> "matrix" (of a layer between others: rows are outputs), "output" (of the layer that
--- makes the network's output), "embedding", "positions", "depthwise" (a kernel for each channel),
--- "vector" (a bias, a norm's scale) or "other".
---@param b table the builder
---@param output integer node
---@return table<string, string>
function roles.of(b, output)
  local found, last = {}, last_of(b, output)
  for id, edge in pairs(b.edges) do
    for _, name in ipairs(params_of(b, edge)) do
      local role = role_in(b, name, edge, last[id] ~= nil)
      if not found[name] or STRONGER[role] > STRONGER[found[name]] then
        found[name] = role
      end
    end
  end
  return found
end

return roles
