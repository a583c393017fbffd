-- Messages, spam or not: a GRU reads words; one rate, gradients clipped.
return recipe {
  seed = 1,
  data = data.text { "small/sms.tsv", batch = 32, val = 0.3, vocab = 2000, length = 20,
    limit = 3000 },
  model = nn.sequential { nn.embedding(16), nn.gru(16), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 1e-3 },
  clip = { norm = 5 },
  epochs = 8,
}
