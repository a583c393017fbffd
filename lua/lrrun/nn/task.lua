--- The key that says whether targets are classes or numbers, where a constructor of data has one:
--- for the messages of losses. Layer: nn.

local options = require "lrrun.util.options"

local task = {}

--- " and task = \"regression\" in data.csv", or "" where the data have no such key.
---@param dataset table
function task.text(dataset)
  local desc = options.registry[dataset.kind]
  local rule = desc and desc.by_name.task
  for _, choice in ipairs(rule and rule.choices or {}) do
    if choice == "regression" then
      return (" and task = \"regression\" in %s"):format(dataset.kind)
    end
  end
  return ""
end

return task
