-- ends: words . | limit --lua-seconds | itself
local m = {}
for i = 1, 30 do m[("a?"):rep(30) .. ("a"):rep(30) .. i] = (".-"):rep(20) end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, init = { "good.csv", map = m } }
