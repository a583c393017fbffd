-- ends: ctrl-c
-- flags: --lua-seconds 100
-- the end of an interrupted run begins another one
local inner = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40 }
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40, on = { stop = function() train.fit(inner, { record = false, quiet = true }) end } }
