-- Digits of few samples, an MLP with dropout and smoothed labels, Adam, a rate of 1 / (1 + t).
return recipe {
  seed = 1,
  data = data.digits { batch = 16, val = 0.6 },
  model = nn.sequential { nn.linear(64), nn.relu(), nn.dropout(0.3), nn.linear(10) },
  loss = nn.cross_entropy { label_smoothing = 0.1 },
  optimizer = optim.adam(),
  schedule = schedule.inverse_time { rate = 0.5, every = 1*epochs },
  epochs = 25,
}
