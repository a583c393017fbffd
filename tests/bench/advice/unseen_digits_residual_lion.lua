-- Digits, residual blocks of linear layers, Lion, warmup and cosine.
return recipe {
  seed = 1,
  data = data.digits { batch = 32, val = 0.4 },
  model = nn.sequential {
    nn.linear(48), nn.relu(),
    nn.residual { nn.layernorm(), nn.linear(48), nn.relu(), nn.linear(48) },
    nn.residual { nn.layernorm(), nn.linear(48), nn.relu(), nn.linear(48) },
    nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.lion { weight_decay = 0.1 },
  schedule = schedule.warmup(1*epochs) .. schedule.cosine(),
  epochs = 20,
}
