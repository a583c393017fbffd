-- Messages, spam or not: a GRU of two layers, Lion, steps down at two times.
return recipe {
  seed = 1,
  data = data.text { "small/sms.tsv", batch = 64, val = 0.4, vocab = 1500, length = 16,
    limit = 2500 },
  model = nn.sequential { nn.embedding(12), nn.gru { 12, layers = 2 }, nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.lion(),
  schedule = schedule.multistep { at = { 4*epochs, 6*epochs }, factor = 0.2 },
  epochs = 8,
}
