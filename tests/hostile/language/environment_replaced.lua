-- ends: words . | itself
local _ENV = { recipe = recipe, data = data, nn = nn, optim = optim }
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
