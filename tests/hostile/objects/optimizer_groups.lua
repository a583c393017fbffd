-- ends: itself | words .
for _, g in ipairs { { 1 }, { {} }, { { match = 7 } }, { { match = "" } }, { { match = "%" } }, { { match = "w", lr = {} } }, { { match = "w", match2 = 1 } }, { { { match = "w" } } } } do
  print(pcall(function() return optim.adam { lr = 0.1, groups = g }:bind { w = tensor.new { 2 } } end))
end
local g = {}
g[1] = { match = "w", groups = g }
print(pcall(optim.adam, { lr = 0.1, groups = g }))
