-- ends: itself | limit --log | words .
-- run: search RECIPE --trials 2 --jobs 2 --strategy random
-- seconds: 1.5
return recipe { model = nn.linear(3), epochs = 1, data = data.spirals { n = 60, val = 0.2 }, optimizer = optim.sgd { lr = search.uniform(0.1, 1) }, on = { step = function() for _ = 1, 20000 do print(("x"):rep(1000)) end end } }
