-- ends: ctrl-c
-- run: search RECIPE --trials 100000 --jobs 2 --strategy random
-- flags: --lua-seconds 100
return recipe { model = nn.linear(3), epochs = 1, data = data.spirals { n = 60, val = 0.2 }, optimizer = optim.sgd { lr = search.uniform(0.1, 1) }, on = { step = function() while true do pcall(error) end end } }
