-- ends: itself | words .
-- run: search RECIPE --trials 1 --strategy random
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, name = "../other-1", optimizer = optim.sgd { lr = search.uniform(0.1, 1) } }
