-- ends: words . | limit --lua-memory | limit --lua-seconds
-- run: plan RECIPE
local l = nn.residual { nn.linear(2) }
for k, v in pairs(l.opts) do if type(v) == "table" then v[1] = l end end
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = l }
