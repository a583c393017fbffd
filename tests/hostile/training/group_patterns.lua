-- ends: limit --lua-seconds
local m = nn.linear(3)
for _ = 1, 20 do m = nn.sequential { m } end
return recipe { data = data.spirals { n = 60 }, epochs = 1, model = m, optimizer = optim.sgd { lr = 0.1, groups = { { match = (".-"):rep(18) .. "Q", weight_decay = 0 } } } }
