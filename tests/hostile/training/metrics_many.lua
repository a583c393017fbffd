-- ends: itself | words . | limit --lua-seconds
-- seconds: 3
local m = {}
for i = 1, 20000 do m[i] = "grad_norms" end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, metrics = m }
