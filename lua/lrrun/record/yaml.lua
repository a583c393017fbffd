--- YAML text of experiment files: numbers read back exactly, keys stand in a fixed order.
--
-- What is read and what is refused: src/record/yaml.h. Layer: record.

local native = require "lrrun.native.record"
local sorted = require "lrrun.util.sorted"

local yaml = {
  --- null inside a list.
  null = native.null,
}

local function put(writer, value, first, depth)
  if type(value) ~= "table" then
    writer:put(value)
    return
  elseif depth > 64 then
    error("YAML: nested more than 64 deep", 0)
  end
  if #value > 0 then
    writer:open "list"
    for i = 1, #value do
      put(writer, value[i], first, depth + 1)
    end
  else
    writer:open "map"
    for key, item in sorted.pairs(value, first) do
      writer:put(tostring(key))
      put(writer, item, first, depth + 1)
    end
  end
  writer:shut()
end

--- `value` as YAML. A table with items 1..n is a list, any other a map with its keys in
--- bytewise order, those of options.first before.
---@param value any
---@param options {first: string[]?}?
---@return string
function yaml.encode(value, options)
  local writer = native.yaml_writer()
  put(writer, value, options and options.first, 1)
  return writer:text()
end

--- The value of a YAML text; raises "line 3, column 5: ..." when it is not taken.
---@param text string
function yaml.decode(text)
  return native.yaml_decode(text)
end

return yaml
