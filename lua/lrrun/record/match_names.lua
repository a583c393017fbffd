--- Which tensors of a file fit which of a network, by equal names, else module by module: a layer
--- fits a module of the file that has the same kinds of tensors with the same shapes.
--
-- Names of PyTorch's modules, of Hugging Face's models and of Keras and Flax (kernel, gamma, beta)
-- are known. Of modules that are alike in all of that, as many have to be in the file as in the
-- network: then they go in order, numbers in names as numbers. Nothing else is guessed.
-- Layer: record.

local same_shape = require "lrrun.util.same_shape"
local sorted = require "lrrun.util.sorted"

local match = {}

-- Last words of names that mean a kind of tensor.
local KINDS = {
  kernel = "weight", gamma = "weight", scale = "weight", embedding = "weight",
  embeddings = "weight", beta = "bias", moving_mean = "running_mean",
  moving_variance = "running_var", mean = "running_mean", var = "running_var",
}

-- What stands before the last word and belongs to the kind: q_proj.weight is a module's weight_q.
local PARTS = {
  out_proj = "out", o_proj = "out", wo = "out", q_proj = "q", k_proj = "k", v_proj = "v",
  query = "q", key = "k", value = "v", wq = "q", wk = "k", wv = "v", qkv = "qkv", c_attn = "qkv",
  in_proj = "qkv", gate_proj = "gate", up_proj = "up", down_proj = "down", w1 = "gate",
  w3 = "up", w2 = "down",
}

-- The same of a module that is called attention's.
local OF_ATTENTION = { proj = "out", c_proj = "out" }

local WHOLE = { in_proj_weight = "weight_qkv", in_proj_bias = "bias_qkv" }

-- "weight_ih_l1_reverse" is weight_ih of layer 2, backwards.
local function recurrent(last)
  local kind, layer, back = last:match "^(%a+_[ih]h)_l(%d+)(.*)$"
  if kind and (back == "" or back == "_reverse") then
    return ("%s%s%s"):format(back ~= "" and "reverse." or "", kind, layer ~= "0"
      and ("@l%d"):format(math.tointeger(layer) + 1) or "")
  end
end

-- Of the network's own, "l2.reverse.weight_ih" in the same words.
local function own_recurrent(name)
  local rest, kind = name:match "^(.-)(%a+_[ih]h)$"
  if not kind then
    return nil
  end
  local prefix, layer, back = rest, "", ""
  if prefix:find "reverse%.$" then
    prefix, back = prefix:gsub("reverse%.$", ""), "reverse."
  end
  local before, n = prefix:match "^(.-)l(%d+)%.$"
  if before and (before == "" or before:sub(-1) == ".") then
    prefix, layer = before, "@l" .. n
  end
  return (prefix:gsub("%.$", "")), back .. kind .. layer
end

--- The module that a name is of, and what the tensor is to it.
---@param name string
---@return string module, string kind
function match.parts(name)
  local module, kind = own_recurrent(name)
  if module then
    return module, kind
  end
  local words = {}
  for word in name:gmatch "[^./]+" do
    words[#words + 1] = word
  end
  local last = table.remove(words)
  local known = recurrent(last) or WHOLE[last]
  local part = PARTS[words[#words]]
    or (words[#words - 1] or ""):find "att" and OF_ATTENTION[words[#words]]
  kind = known or KINDS[last] or last
  if not known and part and (kind == "weight" or kind == "bias") then
    table.remove(words)
    kind = kind .. "_" .. part
  end
  return table.concat(words, "."), kind
end

local function without_ones(shape)
  local out = {}
  for _, d in ipairs(shape) do
    out[#out + 1] = d ~= 1 and d or nil
  end
  return out
end

-- How a tensor of shape `from` becomes one of `to`: "as it is", "transposed", "reshaped"; nil.
local function way(from, to)
  if same_shape(from, to) then
    return "as it is"
  elseif #from == 2 and #to == 2 and from[1] == to[2] and from[2] == to[1] then
    return "transposed"
  end
  return same_shape(without_ones(from), without_ones(to)) and "reshaped" or nil
end

-- A list of queries', keys' and values' tensors that lie one behind the other in `to`.
local function joined(kinds, kind, to)
  local base, list, rows = kind:match "^(%a+)_qkv$", {}, 0
  for i, part in ipairs(base and { "q", "k", "v" } or {}) do
    local entry = kinds[base .. "_" .. part]
    if not entry or #entry.shape ~= #to or entry.shape[2] ~= to[2] then
      return nil
    end
    list[i], rows = entry, rows + entry.shape[1]
  end
  return rows == to[1] and list or nil
end

local SKIPPED = { num_batches_tracked = true, masked_bias = true }

-- What a file has beside its weights: counters, and masks that are kept as biases.
local function is_skipped(entry)
  local _, kind = match.parts(entry.name)
  return SKIPPED[kind] or kind == "bias" and #entry.shape > 2
end

-- Modules of a list of { name, shape }: { name, kinds = { kind -> entry }, first = place }.
local function modules_of(list)
  local out, by_name = {}, {}
  for _, entry in ipairs(list) do
    local module, kind = match.parts(entry.name)
    if not is_skipped(entry) then
      if not by_name[module] then
        by_name[module] = { name = module, kinds = {}, place = #out + 1 }
        out[#out + 1] = by_name[module]
      end
      by_name[module].kinds[kind] = entry
    end
  end
  return out
end

-- How a module of the file fills a layer: { { to, from = list of entries, way }, ... }, or nil.
local function filling(layer, module)
  local out, used = {}, {}
  for kind, to in sorted.pairs(layer.kinds) do
    local from = module.kinds[kind]
    local how = from and way(from.shape, to.shape)
    local parts = not how and joined(module.kinds, kind, to.shape)
    if not how and not parts then
      return nil
    end
    parts = parts or { from }
    out[#out + 1] = { to = to, from = parts, way = how or "joined" }
    for _, entry in ipairs(parts) do
      used[entry] = true
    end
  end
  for _, entry in pairs(module.kinds) do
    if not used[entry] then
      return nil -- a bias that the layer has not, say
    end
  end
  return out
end

-- Names in order, their numbers as numbers.
local function natural(name)
  return (name:gsub("%d+", function(digits)
    return ("%012d"):format(tonumber(digits) or 0)
  end))
end

-- What a layer is, so that alike ones are found.
local function signature(layer)
  local parts = {}
  for kind, entry in sorted.pairs(layer.kinds) do
    parts[#parts + 1] = kind .. "(" .. table.concat(entry.shape, ",") .. ")"
  end
  return table.concat(parts, " ")
end

-- Layers that are alike, in the network's order.
local function alike(layers)
  local groups, by = {}, {}
  for _, layer in ipairs(layers) do
    local key = signature(layer)
    if not by[key] then
      by[key] = {}
      groups[#groups + 1] = by[key]
    end
    table.insert(by[key], layer)
  end
  return groups
end

-- By equal names: takes what it pairs out of both lists.
local function pair_equal(found, network, file)
  local by_name, rest = {}, {}
  for _, entry in ipairs(file) do
    by_name[entry.name] = entry
  end
  for _, to in ipairs(network) do
    local from = by_name[to.name]
    if from and same_shape(from.shape, to.shape) then
      found.pairs[#found.pairs + 1] = { to = to, from = { from }, way = "as it is" }
      found.used[from] = true
    else
      rest[#rest + 1] = to
    end
  end
  local left = {}
  for _, entry in ipairs(file) do
    left[#left + 1] = not found.used[entry] and entry or nil
  end
  return rest, left
end

local function take(found, list)
  for _, item in ipairs(list) do
    found.pairs[#found.pairs + 1] = item
    for _, from in ipairs(item.from) do
      found.used[from] = true
    end
  end
end

-- One group of layers: pairs them, or keeps them with the modules that could be meant.
local function pair_group(found, group, modules)
  local candidates = {}
  for _, module in ipairs(modules) do
    if not module.taken and filling(group[1], module) then
      candidates[#candidates + 1] = module
    end
  end
  table.sort(candidates, function(a, b)
    return natural(a.name) < natural(b.name)
  end)
  for i, layer in ipairs(group) do
    if #candidates == #group then
      candidates[i].taken = true
      take(found, filling(layer, candidates[i]))
    else
      found.open[#found.open + 1] = { layer = layer, candidates = candidates }
    end
  end
end

-- Whether a pair is a matrix (no table of vectors, which all programs have alike), and square.
local function matrix(item)
  local shape, name = item.to.shape, item.to.name
  local is = #shape == 2 and #item.from == 1 and #item.from[1].shape == 2
    and not name:find "embedding%.weight$" and not name:find "positions%.weight$"
  return is, is and shape[1] == shape[2]
end

-- Where all matrices whose sides differ are transposed, square ones are, too.
local function settle_squares(found)
  local ways, squares = {}, {}
  for _, item in ipairs(found.pairs) do
    local is, square = matrix(item)
    if square then
      squares[#squares + 1] = item.to.name ~= item.from[1].name and item or nil
    elseif is then
      ways[item.way] = true
    end
  end
  for _, item in ipairs(squares) do
    local is_kernel = item.from[1].name:find "kernel$"
    if is_kernel or ways.transposed and not ways["as it is"] then
      item.way = "transposed"
    end
  end
end

--- Pairs a network's tensors, in its order, with those of a file.
---@param network { name: string, shape: integer[] }[]
---@param file { name: string, shape: integer[] }[]
---@param equal boolean by equal names alone
---@return { pairs: table[], open: table[], unused: table[] } pairs: { to, from = list, way = "as
--- it is", "transposed", "reshaped" or "joined" (rows of several, one behind the other) }; open:
--- layers without one, { layer = { name, kinds }, candidates = modules }; unused: of the file
function match.find(network, file, equal)
  local found = { pairs = {}, open = {}, unused = {}, used = {} }
  local rest, left = pair_equal(found, network, file)
  local modules = equal and {} or modules_of(left)
  for _, group in ipairs(alike(modules_of(rest))) do
    pair_group(found, group, modules)
  end
  settle_squares(found)
  for _, entry in ipairs(file) do
    if not found.used[entry] and not is_skipped(entry) then
      found.unused[#found.unused + 1] = entry
    end
  end
  local place = {}
  for i, to in ipairs(network) do
    place[to.name] = i
  end
  table.sort(found.pairs, function(a, b)
    return place[a.to.name] < place[b.to.name]
  end)
  return found
end

return match
