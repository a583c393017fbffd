-- ends: words . | itself | limit --lua-seconds | limit --lua-memory
local s = stop.any { stop.nonfinite {} }
for _, v in pairs(s.opts) do if type(v) == "table" then v[1] = s end end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, stop = s }
