-- ends: itself | words .
train.fit(recipe { data = data.spirals { n = 60 }, epochs = 1, optimizer = optim.sgd { lr = 1e38 }, model = nn.sequential { nn.linear(30), nn.linear(3) } }, { record = false })
