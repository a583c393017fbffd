--- Arrays of numbers with a shape, for scripts that drive layers and optimizers themselves.
--
-- `tensor.new(shape [, values [, dtype]])`: values is a flat list, row by row (zeros without
-- one); dtype is "real" or "i32". `t:shape()` and `t:values()` give lists, `t:set(values)`
-- replaces the values (by a list or another tensor's) and gives t, `t:copy()` is a tensor of
-- its own, `#t` the number of values.

---@class lrrun.tensor
---@field shape fun(self): integer[]
---@field values fun(self): number[]
---@field set fun(self, values: number[]|lrrun.tensor): lrrun.tensor
---@field copy fun(self): lrrun.tensor
---@field dtype fun(self): string

---@class lrrun.tensor_module
---@field new fun(shape: integer[], values?: number[], dtype?: "real"|"i32"): lrrun.tensor
local tensor = require "lrrun.native.tensor"

return tensor
