--- A number and the noun that it counts: "1 row", "2 rows", "1,234 rows". Layer: util.

--- many: of nouns that do not take an s.
---@param n number|string as it is shown
---@param one string
---@param many string?
---@return string
return function(n, one, many)
  local shown = type(n) == "number" and tostring(math.tointeger(n) or n) or n
  return shown .. " " .. (shown == "1" and one or many or one .. "s")
end
