-- How much alcohol a wine has, from its other measurements, 178 rows: a short run, and validation
-- is of few samples.
return recipe {
  seed = 1,
  data = data.csv { "small/wine.csv", target = 1, batch = 16, val = 0.5, seed = 7 },
  model = nn.sequential { nn.linear(32), nn.relu(), nn.dropout(0.1), nn.linear(1) },
  optimizer = optim.adamw { lr = 1e-3, weight_decay = 1e-2 },
  schedule = schedule.cosine { min = 1e-5 },
  epochs = 50,
}
