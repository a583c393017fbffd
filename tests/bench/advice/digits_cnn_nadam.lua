-- Digits as 8 x 8 pictures, two convolutions, NAdam, one cycle with a peak of its own.
return recipe {
  seed = 1,
  data = data.digits { batch = 64, val = 0.3 },
  model = nn.sequential {
    nn.reshape { 1, 8, 8 }, nn.conv2d { 8, kernel = 3, padding = 1 }, nn.relu(), nn.maxpool2d(2),
    nn.conv2d { 16, kernel = 3, padding = 1 }, nn.relu(), nn.flatten(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.nadam(),
  schedule = schedule.one_cycle { max = 2e-3 },
  epochs = 10,
}
