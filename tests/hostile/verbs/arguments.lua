-- ends: words . | itself
-- run: RECIPE -- --trusted x
-- what stands behind -- is the recipe's
print(arg[1], arg[2], pcall(function() return io.open end))
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
