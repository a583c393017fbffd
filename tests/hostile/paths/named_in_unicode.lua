-- ends: words 'name' | itself
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, name = "a\u{202e}b\u{9b}31m\u{200b}c" }
