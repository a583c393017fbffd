-- How diabetes went on, of 442 patients, much of it noise: Adamax, polynomial fall, weight decay.
return recipe {
  seed = 1,
  data = data.csv { "small/diabetes_f32.csv", target = 11, batch = 32, val = 0.4 },
  model = nn.sequential { nn.linear(64), nn.relu(), nn.dropout(0.2), nn.linear(1) },
  optimizer = optim.adamax { weight_decay = 1e-3 },
  schedule = schedule.polynomial { power = 1.5 },
  epochs = 60,
}
