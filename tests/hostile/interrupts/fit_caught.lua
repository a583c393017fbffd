-- ends: ctrl-c
-- flags: --lua-seconds 100
while true do pcall(train.fit, recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40 }, { record = false, quiet = true }) end
