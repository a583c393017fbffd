-- ends: limit --memory | itself | words .
-- run: search RECIPE --trials 2 --strategy random
return recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.sequential { nn.linear(search.int(9000, 9999)), nn.linear(9999), nn.linear(3) } }
