-- ends: itself | limit --lua-memory | words .
-- run: search RECIPE --trials 2 --jobs 2 --strategy random
-- seconds: 1.5
return recipe { model = nn.linear(3), epochs = 1, data = data.spirals { n = 60, val = 0.2 }, optimizer = optim.sgd { lr = search.uniform(0.1, 1) }, on = { step = function() local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end } }
