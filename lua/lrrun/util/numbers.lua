--- Checks of numbers across the keys of a constructor.
--
-- Layer: util.

local numbers = {}

--- A descriptor's check that refuses infinite numbers, then does `check`.
---@param check fun(o: table, fail: function)?
function numbers.finite_and(check)
  return function(o, fail, given)
    for key, value in pairs(o) do
      if value == math.huge or value == -math.huge then
        fail(key, "is infinite, want a finite number")
      end
    end
    if check then
      check(o, fail, given)
    end
  end
end

return numbers
