-- Photographs, an MLP that over-fits, SGD with momentum, warmup and steps down.
return recipe {
  seed = 1,
  data = data.cifar10 { batch = 64, val = 0.3, limit = 2000 },
  model = nn.sequential { nn.avgpool2d(2), nn.flatten(), nn.linear(64), nn.relu(), nn.linear(10) },
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.01, momentum = 0.9, weight_decay = 1e-3 },
  schedule = schedule.warmup(1*epochs) .. schedule.multistep { at = { 6*epochs, 9*epochs } },
  epochs = 12,
}
