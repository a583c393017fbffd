-- Two moons that overlap, batchnorm, AdamW, a rate that falls and starts again.
return recipe {
  seed = 1,
  data = data.moons { n = 1500, seed = 5, noise = 0.3, batch = 32, val = 0.4 },
  model = nn.sequential { nn.linear(32), nn.batchnorm(), nn.relu(), nn.linear(16), nn.relu(),
    nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.adamw { weight_decay = 0.05 },
  schedule = schedule.cosine_restarts { length = 5*epochs },
  epochs = 20,
}
