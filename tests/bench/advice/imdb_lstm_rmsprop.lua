-- Film reviews, an LSTM: for the first hundred updates the loss stays at that of guessing.
return recipe {
  seed = 1,
  data = data.imdb { batch = 16, val = 0.3, vocab = 2000, length = 30, limit = 2500 },
  model = nn.sequential { nn.embedding(16), nn.lstm(16), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.rmsprop { lr = 1e-3 },
  schedule = schedule.wsd { warmup = 5*percent, decay = 30*percent },
  clip = { norm = 1 },
  epochs = 8,
}
