-- Collects for metrics; run with each allocation failing in turn.
local measure = require "lrrun.native.measure"
local tensor = require "lrrun.tensor"

local x <close> = tensor.new({ 2, 2 }, { 1, 2, 3, 4 })
local y <close> = tensor.new({ 2 }, { 0, 1 }, "i32")
for _, of in ipairs { "classes", "numbers" } do
  for kind in pairs(measure.kinds(of)) do
    local collector = measure.collect(kind, of, 2)
    collector:reserve(1)
    collector:add(x, of == "classes" and y or x)
    collector:fields()
  end
end
measure.largest(x, 2, 1, 3)
measure.unscaled(x, { 1, 2 }, { 3, 4 })
