-- ends: itself
-- says: 6 refused
local refused = 0
for _, f in ipairs { function() return 1 // 0 end, function() return 1 % 0 end,
  function() return 1 << "x" end, function() return 2^53 | 0.5 end,
  function() return math.fmod(1, 0) end, function() return math.mininteger // -1 | 1.5 end } do
  refused = refused + (pcall(f) and 0 or 1)
end
print(math.mininteger // -1, math.mininteger % -1, 1 << 64, 1 >> -64)
print(refused, "refused")
print(refused .. " refused")
