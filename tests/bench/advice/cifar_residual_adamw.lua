-- Photographs, residual blocks with batch normalisation, AdamW, warmup and cosine.
local function block(channels)
  return nn.residual { nn.sequential {
    nn.conv2d { channels, kernel = 3, padding = 1 }, nn.batchnorm(), nn.relu(),
    nn.conv2d { channels, kernel = 3, padding = 1 }, nn.batchnorm(),
  } }
end

return recipe {
  seed = 1,
  data = data.cifar10 { batch = 64, val = 0.25, limit = 1600 },
  model = nn.sequential {
    nn.conv2d { 8, kernel = 4, stride = 4 }, nn.batchnorm(), nn.relu(), block(8), block(8),
    nn.flatten(), nn.linear(10),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adamw { lr = 1e-3, weight_decay = 0.05 },
  schedule = schedule.warmup(1*epochs) .. schedule.cosine(),
  epochs = 8,
}
