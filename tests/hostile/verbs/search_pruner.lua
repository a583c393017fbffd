-- ends: usage pruner
-- run: search RECIPE --trials 2 --pruner asha{grace=-1}
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, optimizer = optim.sgd { lr = search.uniform(0.1, 1) } }
