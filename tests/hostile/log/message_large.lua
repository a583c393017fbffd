-- ends: words too long | words yyy
-- flags: --lua-memory 256
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, freeze = ("("):rep(20000000) .. ("y"):rep(100) }
