--- A metric as people read it: four decimals, or four digits where those say nothing.
--- Layer: util.

local SMALL, LARGE = 1e-2, 1e5

--- "0.1234", "1.234e-05", "5.66e+10"; "-" for nil.
---@param x number?
---@return string
return function(x)
  if not x then
    return "-"
  end
  local size = math.abs(x)
  local plain = x == 0 or size >= SMALL and size < LARGE
  return (plain and "%.4f" or "%.4g"):format(x)
end
