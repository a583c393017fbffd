-- ends: itself
-- tables that look like constructors' values
local real = nn.linear(3)
for _, mt in ipairs { { descriptor = { name = "nn.linear", keys = {}, by_name = {}, positional = {} } }, { descriptor = 7 }, { descriptor = setmetatable({}, { __index = function() return "nn." end }) }, { __index = real } } do
  local v = setmetatable({ kind = "nn.linear", opts = real.opts, given = {}, where = "r.lua:1", add = real.add, build = real.build }, mt)
  print(pcall(nn.sequential, { v }) and pcall(function() return nn.sequential { v }:build { 2 } end))
  print(pcall(recipe, { data = v, model = v, optimizer = v, epochs = 1 }))
end
