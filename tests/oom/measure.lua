-- Counts an evaluation; run with each allocation failing in turn.
local measure = require "lrrun.native.measure"
local tensor = require "lrrun.tensor"

local x <close> = tensor.new({ 2, 2 }, { 1, 2, 3, 4 })
local y <close> = tensor.new({ 2 }, { 0, 1 }, "i32")
local counts, errors = measure.classes(2), measure.errors()
counts:add(x, y)
counts:counts()
errors:add(x, x)
errors:sums()
measure.largest(x, 2, 1, 3)
