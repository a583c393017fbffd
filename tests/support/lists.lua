--- Lists of numbers.

local lists = {}

--- The mean of lists of one length, item by item.
---@param all number[][]
---@return number[]
function lists.mean(all)
  local out = {}
  for i = 1, #all[1] do
    local sum = 0
    for _, list in ipairs(all) do
      sum = sum + list[i]
    end
    out[i] = sum / #all
  end
  return out
end

return lists
