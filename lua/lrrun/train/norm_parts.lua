--- Parts of a network whose gradients' norms are kept beside those of each parameter: the blocks
--- of transformers. Layer: train.

local outer_names = require "lrrun.util.outer_names"

--- Each part's name, which its parameters' names begin with, and the places of its first and last
--- parameter, which stand one after another.
---@param model table
---@return { name: string, first: integer, last: integer }[]
return function(model)
  local list, of = {}, {}
  for _, name in ipairs(model.builder.parts) do
    of[name] = { name = name }
  end
  for i, s in ipairs(next(of) and model.graph:segments() or {}) do
    for name in outer_names(s.name) do
      local part = of[name]
      if part then
        part.first, part.last = part.first or i, i
      end
    end
  end
  for _, name in ipairs(model.builder.parts) do
    list[#list + 1] = of[name].first and of[name]
  end
  return list
end
