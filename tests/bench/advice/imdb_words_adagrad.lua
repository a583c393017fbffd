-- Film reviews, the mean of the words' vectors, Adagrad.
return recipe {
  seed = 1,
  data = data.imdb { batch = 32, val = 0.3, vocab = 5000, length = 100, limit = 4000 },
  model = nn.sequential { nn.embedding(16), nn.global_avgpool(), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.adagrad { lr = 0.01 },
  epochs = 12,
}
