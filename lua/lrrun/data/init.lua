--- data: data sets by name, from files, from Lua tables, and made from a seed.
--
-- value:open { seed =, data_dir =, recipe_dir =, threads = } gives a data set (dataset.lua).
-- Layer: data.

local data = {
  csv = require "lrrun.data.csv",
  npy = require "lrrun.data.npy",
}

for _, family in ipairs { "known", "synthetic", "text", "arrays", "images" } do
  for name, constructor in pairs(require("lrrun.data." .. family)) do
    data[name] = constructor
  end
end

return data
