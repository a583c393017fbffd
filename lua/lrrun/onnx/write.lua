--- Puts an ONNX model in its place: written beside it, read back and checked, and only then there.
-- Layer: onnx.

local check = require "lrrun.onnx.check"
local file = require "lrrun.native.file"
local model = require "lrrun.onnx.model"

--- Writes the model of a network to `path`, whole or not at all. o: as for model.of, and unchecked
--- = true where it is not compared. Raises where it cannot be written, and where what was written
--- does not give what the network gives.
---@param path string
---@param run table of prepare.network, with its weights
---@param o table
---@return table { bytes, nodes, opset, ir, inputs, outputs, check = of check.file or nil }
return function(path, run, o)
  local m = model.of(run, o)
  local message = model.encode(m)
  local out <close> = file.create(path)
  message:each(function(part)
    if type(part) == "string" then
      out:write(part)
    else
      out:write_tensor(part)
    end
  end)
  local checked = not o.unchecked and check.file(run, m.known, out, path) or nil
  out:commit()
  return { bytes = message.size, nodes = #m.graph.nodes, opset = m.opset, ir = m.ir,
    inputs = m.graph.inputs, outputs = m.graph.outputs, check = checked }
end
