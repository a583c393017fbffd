-- ends: ctrl-c
-- says: %-%-log
-- flags: --log 10K
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 1 << 30, on = { step = function() print(("x"):rep(1000)) end } }
