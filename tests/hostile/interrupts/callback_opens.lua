-- ends: ctrl-c
-- flags: --lua-seconds 100
-- data and networks, over and over
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() while true do data.spirals { n = 60 }:open() nn.linear(3):build { 2 } end end } }
