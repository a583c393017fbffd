-- ends: itself | limit --lua-seconds
local liar = setmetatable({}, { __len = function() return 1 << 40 end, __index = function(_, i) return i end })
for _, s in ipairs { liar, {}, { 0 }, { -1 }, { 0.5 }, { 0/0 }, { 1, nil, 3 }, { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { "x" }, { {} }, { 1 << 31 }, { 65536, 65536 }, { math.maxinteger, 2 } } do
  print((pcall(tensor.new, s)), (pcall(function() return nn.linear(2):build(s) end)), (pcall(function() return nn.mse():build(s, { batch = 1 }) end)))
  print((pcall(data.random, { shape = s, classes = 2, n = 3 })), (pcall(nn.reshape, s)))
end
