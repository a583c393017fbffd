-- Prices of houses as they are, up to 500,000: the loss hardly moves within a hundred updates.
return recipe {
  seed = 1,
  data = data.csv { "small/california_housing.csv", target = "median_house_value", batch = 32,
    val = 0.25, limit = 6000, target_scale = false },
  model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(32), nn.relu(), nn.linear(1) },
  loss = nn.mse(),
  optimizer = optim.adam { lr = 1e-3 },
  schedule = schedule.linear(),
  epochs = 120,
}
