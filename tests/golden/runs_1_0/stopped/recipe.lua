local h = require "helpers"
return recipe { name = "old", seed = 5, data = data.digits { batch = 16, val = 0.2, limit = 60 },
  model = nn.linear(h.classes), optimizer = optim.sgd { lr = 0.1, momentum = 0.9 },
  schedule = schedule.plateau { patience = 1 }, stop = stop.early { patience = 8 },
  checkpoint = { every = 1*epochs, keep = 2 }, repro = "portable", epochs = option("n", 6) }
