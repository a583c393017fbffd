--- Weights of a network on disk: every parameter and running statistic by name, as
--- safetensors; and the digest over them that runs are compared by. Layer: record.

local record = require "lrrun.native.record"
local safetensors = require "lrrun.record.safetensors"
local same_shape = require "lrrun.util.same_shape"
local seal = require "lrrun.record.seal"

local weights = {}

--- Views of all state of a graph by name: its parameters, its running statistics.
---@param graph userdata
function weights.tensors(graph)
  local params, buffers = graph:segments()
  local out = { params = {}, buffers = {} }
  for block, list in pairs { params = params, buffers = buffers } do
    for _, s in ipairs(list) do
      out[block][s.name] = graph:block(block, s.at, s.shape)
    end
  end
  return out.params, out.buffers
end

--- Views of a graph's state: all(name) of a parameter or running statistic, rows(name, first, n)
--- of n rows of its first axis from `first` (0) on, as one list.
---@param graph userdata
function weights.views(graph)
  local places, params, buffers = {}, graph:segments()
  for block, list in pairs { params = params, buffers = buffers } do
    for _, s in ipairs(list) do
      places[s.name] = { block = block, at = s.at, shape = s.shape }
    end
  end
  return {
    all = function(name)
      local p = places[name]
      return graph:block(p.block, p.at, p.shape)
    end,
    rows = function(name, first, count)
      local p, size = places[name], 1
      for i = 2, #p.shape do
        size = size * p.shape[i]
      end
      return graph:block(p.block, p.at + first * size, { count * size })
    end,
  }
end

-- name -> view of all state of a graph, and the names in order.
local function tensors(graph)
  local out, names = {}, {}
  for _, views in ipairs { weights.tensors(graph) } do
    for name, view in pairs(views) do
      out[name] = view
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return out, names
end

--- SHA-256 over the bytes of all parameters and running statistics, in name order.
---@param graph userdata
---@return string
function weights.digest(graph)
  local all, names = tensors(graph)
  local digest = record.sha256()
  for _, name in ipairs(names) do
    digest:add(all[name])
  end
  return digest:hex()
end

--- Writes all state to `path`; gives the file's SHA-256.
---@param path string
---@param graph userdata
---@param metadata table<string, string>?
---@return string
function weights.save(path, graph, metadata)
  return safetensors.write(path, (tensors(graph)), metadata)
end

-- Names and shapes are looked at before anything large is read.
local function check(path, reader, all, names)
  for _, name in ipairs(names) do
    local entry, shape = reader.by_name[name], all[name]:shape()
    if not entry then
      error(("%s: has no tensor '%s'"):format(path, name), 0)
    elseif not same_shape(entry.shape, shape) then
      error(("%s: tensor '%s' is (%s), want (%s)"):format(path, name,
        table.concat(entry.shape, ", "), table.concat(shape, ", ")), 0)
    end
  end
  if #reader.entries > #names then
    error(("%s: has %d tensors, want %d"):format(path, #reader.entries, #names), 0)
  end
end

--- Reads all state from `path`; each tensor has to be there with its shape, and no other.
--- sha256: of the file, where it is known; else its own seal has to hold, if it has one.
---@param path string
---@param graph userdata
---@param sha256 string?
function weights.load(path, graph, sha256)
  local reader <close> = safetensors.open(path)
  local all, names = tensors(graph)
  check(path, reader, all, names)
  local whole
  if sha256 then
    whole = seal.file(path) == sha256
  else
    whole = reader.intact()
  end
  if whole == false then
    error(path .. ": is damaged: its checksum differs", 0)
  end
  for _, name in ipairs(names) do
    reader.load(name, all[name])
  end
end

return weights
