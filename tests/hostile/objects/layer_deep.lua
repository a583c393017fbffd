-- ends: words . | limit --lua-seconds | itself
local m = nn.linear(3)
for _ = 1, 20000 do m = nn.sequential { m } end
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = m }
