-- ends: words model
-- run: RECIPE --set model.1.2.3.4.5.6.7.8.9=1
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
