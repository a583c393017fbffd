-- ends: itself
local s = schedule.cosine {}
for _, v in ipairs { 1, "x", {}, print, true, nn.linear(2), epochs, tensor.new { 1 }, setmetatable({}, { __concat = function() error "mine" end }) } do print(pcall(function() return (s .. v):at(1, { lr = 1, steps_per_epoch = 1, total_steps = 2 }) end), pcall(function() return (v .. s):at(1, { lr = 1, steps_per_epoch = 1, total_steps = 2 }) end)) end
for _, v in ipairs { 0/0, 1/0, "x", {}, print, true } do print(pcall(function() return v * s end)) end
