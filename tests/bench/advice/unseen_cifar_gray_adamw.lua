-- Photographs, a CNN with batchnorm and three stages, AdamW, one cycle.
return recipe {
  seed = 1,
  data = data.cifar10 { batch = 50, val = 0.25, limit = 2400 },
  model = nn.sequential {
    nn.conv2d { 12, kernel = 3, stride = 2, padding = 1 }, nn.batchnorm(), nn.relu(),
    nn.conv2d { 16, kernel = 3, stride = 2, padding = 1 }, nn.batchnorm(), nn.relu(),
    nn.global_avgpool(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adamw { weight_decay = 0.05 },
  schedule = schedule.one_cycle { max = 1e-3 },
  epochs = 8,
}
