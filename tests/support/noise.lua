-- Numbers in [-1, 1) that are the same in each run, for inputs and gradients of layers.

--- n numbers; other seeds give others.
---@param n integer
---@param seed integer?
---@return number[]
return function(n, seed)
  local list, state = {}, seed or 7
  for i = 1, n do
    state = (state * 1103515245 + 12345) % 2 ^ 31
    list[i] = state / 2 ^ 30 - 1
  end
  return list
end
