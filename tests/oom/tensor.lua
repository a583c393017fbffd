-- Tensors of every type; run with each allocation failing in turn.
local tensor = require "lrrun.tensor"

local t <close> = tensor.new({ 2, 3 }, { 1, 2, 3, 4, 5, 6 })
t:set(t:values())
tostring(t)
tensor.new({ 2 }, { 1, 2 }, "i32"):shape()
tensor.new { 300, 1000 }
