-- ends: itself | limit --memory
-- a count of batches for one update is no size of anything
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, accumulate = 1 << 40 }
