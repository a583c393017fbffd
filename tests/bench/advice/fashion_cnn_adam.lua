-- Pictures of clothes, a CNN with batch normalisation, Adam, a tenth after each third.
return recipe {
  seed = 1,
  data = data.fashion_mnist { batch = 64, val = 0.25, limit = 3000 },
  model = nn.sequential {
    nn.conv2d { 8, kernel = 3, stride = 2, padding = 1 }, nn.batchnorm(), nn.relu(),
    nn.conv2d { 12, kernel = 3, stride = 2, padding = 1 }, nn.batchnorm(), nn.relu(),
    nn.flatten(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 1e-3 },
  schedule = schedule.multistep { at = { 3*epochs, 6*epochs }, factor = 0.1 },
  epochs = 9,
}
