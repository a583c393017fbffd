-- Digits as 8 x 8 pictures, a convolution, plain SGD, a long flat rate with a fall at its end.
return recipe {
  seed = 1,
  data = data.digits { batch = 32, val = 0.3 },
  model = nn.sequential {
    nn.reshape { 1, 8, 8 }, nn.conv2d { 8, kernel = 3, padding = 1 }, nn.relu(), nn.maxpool2d(2),
    nn.flatten(), nn.linear(32), nn.relu(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.01 },
  schedule = schedule.wsd { decay = 20*percent },
  epochs = 20,
}
