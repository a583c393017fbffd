-- ends: ctrl-c
-- flags: --log 100K
-- a line for each epoch, of which there are many
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 << 40 }
