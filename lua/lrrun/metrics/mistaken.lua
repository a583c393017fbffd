--- Which classes were taken for each other, the most often mistaken first; where they are as often,
--- in the order of the classes. Layer: metrics.

---@param confusion integer[][] of each target, how often each class was the answer
---@return { n: integer, target: integer, answer: integer }[]
return function(confusion)
  local list = {}
  for i, row in ipairs(confusion) do
    for k, n in ipairs(row) do
      list[#list + 1] = i ~= k and n > 0 and { n = n, target = i, answer = k } or nil
    end
  end
  table.sort(list, function(a, b)
    if a.n ~= b.n then
      return a.n > b.n
    end
    return a.target < b.target or a.target == b.target and a.answer < b.answer
  end)
  return list
end
