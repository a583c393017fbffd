-- Pictures of clothes, an MLP, Lion, cosine.
return recipe {
  seed = 1,
  data = data.fashion_mnist { batch = 64, val = 0.2, limit = 5000 },
  model = nn.sequential {
    nn.flatten(), nn.linear(96), nn.relu(), nn.dropout(0.2), nn.linear(48), nn.relu(),
    nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.lion { lr = 1e-3, weight_decay = 0.01 },
  schedule = schedule.cosine(),
  epochs = 10,
}
