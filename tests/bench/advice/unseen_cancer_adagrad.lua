-- Tumours, benign or not, 569 rows: a network with dropout, Adagrad, a step down halfway.
return recipe {
  seed = 1,
  data = data.csv { "small/breast_cancer_f32.csv", target = 31, batch = 32, val = 0.4 },
  model = nn.sequential { nn.linear(64), nn.relu(), nn.dropout(0.3), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.adagrad(),
  schedule = schedule.step { every = 20*epochs, factor = 0.2 },
  epochs = 40,
}
