-- ends: ctrl-c
-- flags: --lua-seconds 100
local inner = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40 }
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40, on = { epoch = function() while true do train.fit(inner, { record = false, quiet = true }) end end } }
