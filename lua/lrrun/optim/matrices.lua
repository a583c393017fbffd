--- Which parameters an optimizer of matrices takes, and as which matrices: a weight is (outputs,
--- inputs), a kernel (out, in * height * width); queries, keys and values of weight_qkv are apart,
--- and so is each gate of a recurrent layer, as each is a map of its own.
--
-- Of a network its layers say what a parameter is (nn/roles.lua); of tensors alone their names and
-- shapes do. What is left over, and why, is for the optimizer beside it. Practice as in Jordan et
-- al. 2024 and Liu et al., arXiv 2502.16982. Layer: optim.

local errors = require "lrrun.util.errors"

local matrices = {}

local WHY = {
  vector = "no matrix", embedding = "an embedding", positions = "positions",
  output = "makes the output", depthwise = "a kernel for each channel", other = "no map",
}

-- What an optimizer takes that takes all maps, not those of hidden layers alone.
local ALL = { matrix = true, embedding = true, positions = true, output = true }

local function guessed_role(name, shape)
  if #shape < 2 then
    return "vector"
  elseif name:find "%f[%w_]positions%f[^%w_]" then
    return "positions"
  elseif name:find "%f[%w_]embedding%f[^%w_]" then
    return "embedding"
  elseif #shape > 2 and shape[2] == 1 then
    return "depthwise"
  end
  return "matrix"
end

-- Units of the recurrent layer that a weight belongs to: columns of its weight_hh.
local function units_of(name, by_name)
  local stem = name:match "^(.*)weight_[ih]h$"
  local shape = stem and by_name[stem .. "weight_hh"]
  return shape and #shape == 2 and shape[2] or nil
end

-- Rows of each matrix that a weight of so many rows and columns is made of.
local function pieces_of(name, rows, cols, by_name)
  local units = units_of(name, by_name)
  if units and rows % units == 0 then
    local list = {}
    for i = 1, rows // units do
      list[i] = units
    end
    return list
  elseif name:find "weight_qkv$" and rows > cols and (rows - cols) % 2 == 0 then
    return { cols, (rows - cols) // 2, (rows - cols) // 2 }
  end
  return { rows }
end

--- For each parameter { pieces = rows of each matrix, cols } or { why = in words }.
---@param names string[]
---@param shapes integer[][]
---@param known table<string, string>? roles of a network's parameters
---@param all boolean? embeddings, positions and the output are matrices, too
function matrices.of(names, shapes, known, all)
  local by_name, out = {}, {}
  for i, name in ipairs(names) do
    by_name[name] = shapes[i]
  end
  for i, name in ipairs(names) do
    local shape = shapes[i]
    local role = known and known[name] or guessed_role(name, shape)
    local taken = role == "matrix" or all and ALL[role] and #shape >= 2
    local item = { why = WHY[role] }
    if taken then
      local rows, cols = shape[1], 1
      for axis = 2, #shape do
        cols = cols * shape[axis]
      end
      item.pieces, item.cols = pieces_of(name, rows, cols, by_name), cols
      if cols == 1 or math.min(table.unpack(item.pieces)) == 1 then
        item = { why = cols == 1 and "one column" or "one row" }
      end
    end
    out[i] = item
  end
  return out
end

local function any_taken(list)
  for _, item in ipairs(list) do
    if item.pieces then
      return true
    end
  end
  return false
end

-- "1.linear.weight (makes the output), 1.linear.bias (no matrix), ..."
local function reasons(names, list)
  local out = {}
  for i, name in ipairs(names) do
    out[i] = ("%s (%s)"):format(name, list[i].why)
  end
  return table.concat(out, ", ", 1, math.min(#out, 4)) .. (#out > 4 and ", ..." or "")
end

--- Puts what is no matrix into groups of its own, with the numbers of the optimizer beside it.
---@param value table the optimizer's
---@param config table group_of; gets `matrices` = { { tensor, first row from 0, rows }, ... },
--- `taken` = what matrices.of gives and `beside`: by number of a group of the others the one that
--- it is of
---@param names string[]
---@param shapes integer[][]
---@param known table<string, string>? roles of a network's parameters
---@param twin fun(group: integer): integer makes such a group, behind the others
---@param all boolean? see matrices.of
function matrices.apart(value, config, names, shapes, known, twin, all)
  local list, twins = matrices.of(names, shapes, known, all), {}
  if known and not any_taken(list) then
    errors.raise(value.where, "%s: there is no matrix for it: %s; want a network with a "
      .. "%s, or optim.adamw, which would take all of this one", value.kind, reasons(names, list),
      all and "layer of several units" or "hidden layer")
  end
  config.matrices, config.taken, config.beside = {}, list, {}
  for i in ipairs(names) do
    local row, g = 0, config.group_of[i]
    for _, rows in ipairs(list[i].pieces or {}) do
      table.insert(config.matrices, { i, row, rows })
      row = row + rows
    end
    if not list[i].pieces then
      twins[g] = twins[g] or twin(g)
      config.group_of[i], config.beside[twins[g]] = twins[g], g
    end
  end
end

return matrices
