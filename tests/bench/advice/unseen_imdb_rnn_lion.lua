-- Film reviews, a plain recurrent network, Lion, a line down to 0.
return recipe {
  seed = 1,
  data = data.imdb { batch = 32, val = 0.3, vocab = 2000, length = 20, limit = 2500 },
  model = nn.sequential { nn.embedding(16), nn.rnn(24), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.lion { weight_decay = 0.01 },
  schedule = schedule.linear(),
  clip = { norm = 1 },
  epochs = 8,
}
