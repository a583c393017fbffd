-- ends: itself
-- never: true
local liar = setmetatable({ 1, 2 }, { __len = function() return 1 << 40 end, __index = function() return 1 end })
for _, v in ipairs { liar, { 1 }, { 1, 2, 3 }, { 1, "x" }, { 1, {} }, { 1, nil, 3 }, "xy", 7, print } do print(pcall(tensor.new, { 4 }, v)) end
print(pcall(tensor.new, { 1 }, { 1 }, "f99"), pcall(tensor.new, { 1 }, { 0.5 }, "i32"), pcall(tensor.new, { 1 }, { 1 << 40 }, "i32"), pcall(tensor.new, { 1 }, { -1 }, "u8"))
