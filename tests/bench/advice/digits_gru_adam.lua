-- Digits read row by row: a GRU over 8 steps of 8 numbers, Adam, one cycle of straight lines.
return recipe {
  seed = 1,
  data = data.digits { batch = 64, val = 0.3 },
  model = nn.sequential { nn.reshape { 8, 8 }, nn.gru(32), nn.linear(10) },
  loss = nn.cross_entropy(),
  optimizer = optim.adam(),
  schedule = schedule.one_cycle { max = 1e-3, warmup = 0.4, anneal = "linear" },
  epochs = 15,
}
