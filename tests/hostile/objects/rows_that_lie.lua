-- ends: itself | limit --lua-seconds
-- never: true
local liar = setmetatable({}, { __len = function() return 1 << 40 end, __index = function() return { 1 } end })
for _, x in ipairs { liar, {}, { 1 }, { {} }, { { 1 }, { 1, 2 } }, { { "x" } }, { { 0/0 } }, { { {} } }, "x", 7, { x = 1 } } do
  print(pcall(function() return data.table { x = x, y = { 0, 1 } }:open {} end))
  print(pcall(function() return data.table { x = { { 1 }, { 2 } }, y = x }:open {} end))
end
