--- Whether two shapes, lists of numbers, are the same. Layer: util.

---@param a integer[]
---@param b integer[]
---@return boolean
return function(a, b)
  if #a ~= #b then
    return false
  end
  for i, d in ipairs(a) do
    if d ~= b[i] then
      return false
    end
  end
  return true
end
