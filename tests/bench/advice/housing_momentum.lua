-- Prices of houses, scaled as targets are by default; SGD with momentum, cosine.
return recipe {
  seed = 1,
  data = data.csv { "small/california_housing.csv", target = "median_house_value", batch = 64,
    val = 0.25, limit = 8000 },
  model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(64), nn.relu(), nn.linear(1) },
  optimizer = optim.sgd { lr = 0.01, momentum = 0.9 },
  schedule = schedule.warmup(1*epochs) .. schedule.cosine(),
  epochs = 25,
}
