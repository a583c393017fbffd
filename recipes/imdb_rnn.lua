-- Movie reviews, good or bad: a recurrent network on IMDB.
--
-- Use:    lrrun recipes/imdb_rnn.lua; then lrrun eval runs/imdb_rnn-1
-- Needs:  the IMDB reviews (lrrun data imdb says where they are to be had)
-- Result: 88.9 % of the 25,000 test reviews, with seed 1 (the weights of epoch 3, which has the
--         lowest validation loss); 1.9 minutes on 2 cores of a Xeon (Sapphire Rapids)
--
-- Adam at 0.0005 and the gradient's norm clipped at 5, as in the article. A bidirectional
-- LSTM reads the whole review; the largest value of each unit over time is what it says of it,
-- so that a word far from the end counts as much as the last one. Beside it stands the mean of
-- the words' vectors: the tone of the whole, which the LSTM need not learn. Half of every
-- word's vector is dropped: 20,000 words are soon learnt by heart from 23,750 reviews.

return recipe {
  name = "imdb_rnn",
  seed = 1,
  data = data.imdb { batch = 32, val = 0.05, split = "random", vocab = 20000, length = 1000 },
  model = nn.sequential {
    nn.embedding { 128, padding = 0, init = nn.normal(0.1) },
    nn.dropout { 0.5, spatial = true },
    nn.concat {
      nn.sequential { nn.lstm { 64, sequences = true, bidirectional = true }, nn.global_maxpool() },
      nn.global_avgpool(),
    },
    nn.dropout(0.5),
    nn.linear(2),
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adam { lr = 5e-4 },
  schedule = schedule.constant { length = 2*epochs } .. schedule.cosine { min = 1e-5 },
  clip = { norm = 5 },
  stop = stop.early { monitor = "val_loss", patience = 3 },
  epochs = option("epochs", 6),
}
