-- Pictures of clothes, an MLP with batch normalisation; warmup for a third of the run, cosine.
return recipe {
  seed = 1,
  data = data.fashion_mnist { batch = 128, val = 0.2, limit = 7500 },
  model = nn.sequential {
    nn.flatten(), nn.linear(128), nn.batchnorm(), nn.relu(), nn.dropout(0.2),
    nn.linear(64), nn.batchnorm(), nn.relu(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 1e-3 },
  schedule = schedule.warmup(30*percent) .. schedule.cosine(),
  epochs = 12,
}
