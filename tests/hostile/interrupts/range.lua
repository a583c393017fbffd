-- ends: ctrl-c
-- flags: --lua-seconds 100
while true do train.range(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { n = 100 }) end
