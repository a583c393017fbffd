-- Pictures of clothes, one convolution, RMSProp with momentum, exponential fall.
return recipe {
  seed = 1,
  data = data.fashion_mnist { batch = 64, val = 0.25, limit = 3000 },
  model = nn.sequential {
    nn.conv2d { 8, kernel = 5, stride = 2 }, nn.relu(), nn.maxpool2d(2), nn.flatten(),
    nn.linear(32), nn.relu(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.rmsprop { momentum = 0.9 },
  schedule = schedule.exponential { rate = 0.8, every = 1*epochs },
  epochs = 10,
}
