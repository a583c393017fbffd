-- ends: itself
-- never: true
local u = search.uniform(0, 1)
print(pcall(function() return u + 1 end), pcall(function() return nn.linear(search.int(1, 4)):build { 2 } end), pcall(tensor.new, { u }), pcall(function() return u * epochs end))
print(pcall(search.uniform, 1, 0), pcall(search.uniform, 0/0, 1), pcall(search.uniform, 0, 1/0), pcall(search.loguniform, 0, 1), pcall(search.logint, 0, 4), pcall(search.int, 0.5, 2), pcall(search.choice, {}), pcall(search.uniform))
