--- A number of epochs, whole or not, as people read it. Layer: util.

local PLAIN = 1000 -- from here on no decimals

--- "20", "2.5", "18391"; never "1.839e+04".
---@param epochs number
---@return string
return function(epochs)
  return (epochs < PLAIN and "%.4g" or "%.0f"):format(epochs)
end
