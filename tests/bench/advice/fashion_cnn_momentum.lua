-- Pictures of clothes, two convolutions, SGD with momentum, the rate falling in steps.
return recipe {
  seed = 1,
  data = data.fashion_mnist { batch = 32, val = 0.25, limit = 4000 },
  model = nn.sequential {
    nn.conv2d { 8, kernel = 4, stride = 4 }, nn.relu(),
    nn.conv2d { 12, kernel = 3, padding = 1 }, nn.relu(),
    nn.flatten(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.01, momentum = 0.9, nesterov = true },
  schedule = schedule.step { factor = 0.1, every = 4*epochs },
  epochs = 12,
}
