--- Parts of a network whose gradients' norms are kept beside those of each parameter: the blocks
--- of transformers. Layer: train.

--- Each part's name, which its parameters' names begin with, and the places of its first and last
--- parameter, which stand one after another.
---@param model table
---@return { name: string, first: integer, last: integer }[]
return function(model)
  local segments, list = model.graph:segments(), {}
  for _, name in ipairs(model.builder.parts) do
    local part
    for i, s in ipairs(segments) do
      if s.name:sub(1, #name + 1) == name .. "." then
        part = part or { name = name, first = i }
        part.last = i
      end
    end
    list[#list + 1] = part
  end
  return list
end
