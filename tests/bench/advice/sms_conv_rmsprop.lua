-- Messages, spam or not: a convolution over words and its maxima, RMSProp, exponential fall.
return recipe {
  seed = 1,
  data = data.text { "small/sms.tsv", batch = 64, val = 0.3, vocab = 2000, length = 24 },
  model = nn.sequential {
    nn.embedding(16), nn.conv1d { 16, kernel = 3, padding = "same" }, nn.relu(),
    nn.global_maxpool(), nn.linear(2),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.rmsprop(),
  schedule = schedule.exponential { rate = 0.6, every = 1*epochs },
  epochs = 6,
}
