-- Messages, spam or not: the mean of the words' vectors, SGD with momentum, inverse root.
return recipe {
  seed = 1,
  data = data.text { "small/sms.tsv", batch = 32, val = 0.3, vocab = 2000, length = 24 },
  model = nn.sequential { nn.embedding(16), nn.global_avgpool(), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.sgd { lr = 0.1, momentum = 0.9 },
  schedule = schedule.inverse_sqrt { warmup = 100*steps },
  epochs = 10,
}
