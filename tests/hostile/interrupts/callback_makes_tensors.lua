-- ends: ctrl-c
-- flags: --lua-seconds 100
-- each a call of the engine that takes a while
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() while true do tensor.new { 1000, 1000 } end end } }
