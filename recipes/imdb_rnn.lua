-- Movie reviews, good or bad: a recurrent network on IMDB.
--
-- Use:    lrrun recipes/imdb_rnn.lua
-- Needs:  the IMDB reviews (lrrun data imdb says where they are to be had)
--
-- Adam at 0.0005 and the gradient's norm clipped at 5, as in the article. A bidirectional
-- LSTM reads up to 400 words; the largest value of each unit over time is what it says of the
-- review, so that a word far from the end counts as much as the last one. Beside it stands
-- the mean of the words' vectors: the tone of the whole, which the LSTM need not learn.

return recipe {
  name = "imdb_rnn",
  seed = 1,
  data = data.imdb { batch = 32, val = 0.08, vocab = 20000, length = 400 },
  model = nn.sequential {
    nn.embedding { 128, padding = 0, init = nn.normal(0.1) },
    nn.dropout { 0.3, spatial = true },
    nn.concat {
      nn.sequential { nn.lstm { 64, sequences = true, bidirectional = true }, nn.global_maxpool() },
      nn.global_avgpool(),
    },
    nn.dropout(0.5),
    nn.linear(2),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 5e-4 },
  schedule = schedule.constant { length = 3*epochs } .. schedule.cosine { min = 1e-5 },
  clip = { norm = 5 },
  stop = stop.early { monitor = "val_loss", patience = 2 },
  epochs = option("epochs", 6),
}
