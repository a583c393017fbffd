-- Film reviews, the mean of the words' vectors and a hidden layer, LAMB, polynomial.
return recipe {
  seed = 1,
  data = data.imdb { batch = 64, val = 0.3, vocab = 5000, length = 80, limit = 4000 },
  model = nn.sequential {
    nn.embedding(16), nn.global_avgpool(), nn.linear(16), nn.relu(), nn.linear(2),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.lamb { lr = 1e-3 },
  schedule = schedule.warmup(50*steps) .. schedule.polynomial { power = 1.5 },
  epochs = 15,
}
