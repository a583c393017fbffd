-- ends: words . | itself | usage .
-- run: plan RECIPE --set nothing=1
option("\27[2J\u{202e}", 1)
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
