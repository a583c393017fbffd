-- ends: ctrl-c
-- flags: --lua-seconds 100
local model, x = nn.linear(3):build({ 2 }, { batch = 4 }), tensor.new { 4, 2 }
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() while true do model:forward(x) end end } }
