-- ends: words . | limit --memory | limit --lua-memory | limit --lua-seconds | ctrl-c
local r
r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() train.fit(r, { record = false, quiet = true }) end } }
return r
