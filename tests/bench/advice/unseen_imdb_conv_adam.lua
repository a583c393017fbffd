-- Film reviews, a convolution over words and its maxima, Adam at one rate: over-fits soon.
return recipe {
  seed = 1,
  data = data.imdb { batch = 32, val = 0.3, vocab = 3000, length = 40, limit = 2500 },
  model = nn.sequential {
    nn.embedding(16), nn.conv1d { 24, kernel = 3, padding = "same" }, nn.relu(),
    nn.global_maxpool(), nn.dropout(0.3), nn.linear(2),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adam(),
  epochs = 6,
}
