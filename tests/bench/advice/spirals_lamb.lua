-- Five spirals that blend into each other, LAMB in large batches, a triangle of the rate.
return recipe {
  seed = 1,
  data = data.spirals { n = 3000, classes = 5, noise = 0.08, seed = 3, batch = 128, val = 0.3 },
  model = nn.sequential {
    nn.linear(64), nn.relu(), nn.linear(64), nn.relu(), nn.linear(64), nn.relu(), nn.linear(5),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.lamb { lr = 1e-3 },
  schedule = schedule.warmup(20*percent) .. schedule.linear(),
  epochs = 100,
}
