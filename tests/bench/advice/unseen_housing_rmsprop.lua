-- Prices of houses, scaled; an absolute loss, RMSProp at one rate.
return recipe {
  seed = 1,
  data = data.csv { "small/california_housing.csv", target = "median_house_value", batch = 64,
    val = 0.3, limit = 5000 },
  model = nn.sequential { nn.linear(64), nn.tanh(), nn.linear(32), nn.tanh(), nn.linear(1) },
  loss = nn.l1(),
  optimizer = optim.rmsprop(),
  epochs = 12,
}
