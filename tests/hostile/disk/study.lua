-- ends: limit --disk | ctrl-c
-- flags: --disk 1M --lua-seconds 100
search.run(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, optimizer = optim.sgd { lr = search.uniform(0.1, 1) } }, { trials = 1 << 40, strategy = "random", quiet = true })
