-- Which of three vineyards a wine is of, 178 rows, most of them for validation: SGD with momentum,
-- one cycle of three phases.
return recipe {
  seed = 1,
  data = data.csv { "small/wine.csv", target = -1, batch = 8, val = 0.6 },
  model = nn.sequential { nn.linear(24), nn.relu(), nn.linear(3) },
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.01, momentum = 0.9 },
  schedule = schedule.one_cycle { max = 0.05, three_phase = true },
  epochs = 30,
}
