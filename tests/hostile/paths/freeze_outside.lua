-- ends: words . | itself
-- run: search RECIPE --trials 1 --strategy random --freeze ../out/best.lua
-- what is frozen goes where the command line says, not where the recipe does
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, name = "x", optimizer = optim.sgd { lr = search.uniform(0.1, 1) } }
