-- Pictures of clothes read row by row: a GRU, AdamW, cosine.
return recipe {
  seed = 1,
  data = data.fashion_mnist { batch = 32, val = 0.25, limit = 2000 },
  model = nn.sequential { nn.reshape { 28, 28 }, nn.gru(24), nn.linear(10) },
  loss = nn.cross_entropy(),
  optimizer = optim.adamw { weight_decay = 0.01 },
  schedule = schedule.cosine(),
  clip = { norm = 1 },
  epochs = 6,
}
