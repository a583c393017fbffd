-- ends: itself | limit --memory | limit --lua-seconds | limit --lua-memory
-- seconds: 2
local l = {}
for i = 1, 500 do l[i] = nn.linear(3) end
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.sequential(l), metrics = { "grad_norms" } }
