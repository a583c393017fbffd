-- ends: itself
local l = nn.linear(3)
for _, b in ipairs { {}, 7, "x", nn.linear(2), { graph = {} }, setmetatable({}, { __index = function() return function() return 1 end end }) } do print((pcall(l.add, l, b, 1))) end
print((pcall(l.add)), (pcall(l.build)), (pcall(l.build, l)), (pcall(l.build, l, "x")), (pcall(l.build, l, { 1 << 40 })), (pcall(l.build, l, { 2 }, { batch = -1 })), (pcall(l.build, l, { 2 }, 7)))
