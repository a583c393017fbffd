return recipe { name = "old", seed = 5, data = data.digits { batch = 16, val = 0.2, limit = 60 },
  model = nn.linear(10), optimizer = optim.sgd { lr = search.loguniform(1e-2, 1), momentum = 0.9 },
  repro = "portable", epochs = 1 }
