--- Weights of a network on disk: every parameter and running statistic by name, as
--- safetensors; and the digest over them that runs are compared by. Layer: record.

local record = require "lrrun.native.record"
local safetensors = require "lrrun.record.safetensors"

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

--- Writes all state to `path`.
---@param path string
---@param graph userdata
---@param metadata table<string, string>?
function weights.save(path, graph, metadata)
  safetensors.write(path, (tensors(graph)), metadata)
end

--- Reads all state from `path`; each tensor has to be there with its shape.
---@param path string
---@param graph userdata
function weights.load(path, graph)
  local reader <close> = safetensors.open(path)
  local all, names = tensors(graph)
  for _, name in ipairs(names) do
    reader.load(name, all[name])
  end
end

return weights
