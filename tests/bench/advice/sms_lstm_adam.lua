-- Messages, spam or not: an LSTM in both directions, Adam, linear to 0.
return recipe {
  seed = 1,
  data = data.text { "small/sms.tsv", batch = 64, val = 0.3, vocab = 3000, length = 25 },
  model = nn.sequential { nn.embedding(16), nn.lstm { 12, bidirectional = true }, nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 1e-3 },
  schedule = schedule.linear(),
  epochs = 6,
}
