-- ends: words overflow | limit --lua-memory
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() local function f() return 1 + f() end f() end } }
