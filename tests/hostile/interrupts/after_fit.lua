-- ends: ctrl-c
-- flags: --lua-seconds 100
-- one interrupt ends the script, not only the training under way
train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40 }, { record = false, quiet = true })
train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40 }, { record = false, quiet = true })
while true do end
