-- Digits, an MLP, Lion, warmup and inverse root.
return recipe {
  seed = 1,
  data = data.digits { batch = 64, val = 0.3 },
  model = nn.sequential { nn.linear(96), nn.gelu(), nn.linear(48), nn.gelu(), nn.linear(10) },
  loss = nn.cross_entropy(),
  optimizer = optim.lion { lr = 1e-4, weight_decay = 0.1 },
  schedule = schedule.inverse_sqrt { warmup = 40*steps },
  epochs = 50,
}
