-- Photographs, a small CNN, Adagrad at one rate.
return recipe {
  seed = 1,
  data = data.cifar10 { batch = 64, val = 0.25, limit = 2000 },
  model = nn.sequential {
    nn.conv2d { 8, kernel = 4, stride = 4 }, nn.relu(),
    nn.conv2d { 12, kernel = 3, padding = 1 }, nn.relu(),
    nn.flatten(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adagrad { lr = 0.01 },
  epochs = 12,
}
