-- Prices of houses, scaled; Huber's loss, AdamW, one cycle of warmup and cosine.
return recipe {
  seed = 1,
  data = data.csv { "small/california_housing.csv", target = "median_house_value", batch = 128,
    val = 0.25, limit = 10000 },
  model = nn.sequential {
    nn.linear(64), nn.layernorm(), nn.silu(), nn.linear(64), nn.silu(), nn.linear(1),
  },
  loss = nn.huber(),
  optimizer = optim.adamw { lr = 1e-3, weight_decay = 0.01 },
  schedule = schedule.warmup(25*percent) .. schedule.cosine(),
  epochs = 20,
}
