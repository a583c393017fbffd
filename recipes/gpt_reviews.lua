-- A small GPT that writes film reviews: 3 million parameters, byte pair encoding, IMDB's text.
--
-- Use:    lrrun recipes/gpt_reviews.lua
--         lrrun generate runs/gpt_reviews-1 --prompt "This film" --tokens 80
-- Needs:  the IMDB reviews (lrrun data imdb says where they are to be had)
-- Result: 1.681 bits per byte of the 25,000 test reviews (perplexity 69 for each token of 3.6
--         bytes), 1.658 on the 250 that validate, with seed 1; 17 minutes of processor time on two
--         cores of a Xeon (Sapphire Rapids), the test another 9. Seed 1 writes: "This film is a low
--         budget and good movie that has been given to the best time. And the story is just not the
--         good thing in this movie. I don't want to see it. i think this movie is an awesome movie.
--         It's definitely a bit like it's all it was to make you think that it is a comedy."
--
-- Five blocks, norms before each half, rotary positions, and the embedding's weight once more for
-- the scores of the next token. Weights start as GPT-2's, those that write into the sum of all
-- blocks smaller; decay is for matrices alone; beta2 is 0.95 as usual for such models, so that
-- the second moment is a mean over 20 updates. The 3,600 updates see 7.4 million tokens, four
-- fifths of the text.

return recipe {
  name = "gpt_reviews",
  seed = 1,
  data = data.imdb {
    task = "lm", tokens = "bpe", vocab = 4096, context = 128, batch = 16, val = 0.01,
  },
  model = nn.sequential {
    nn.embedding { 192, name = "tokens", init = nn.normal(0.02) },
    nn.transformer { 5, heads = 6, causal = true, rope = true, init = "gpt2" },
    nn.linear { tied = "tokens", bias = false },
  },
  loss = nn.cross_entropy(),
  optimizer = optim.adamw {
    lr = 2e-3, betas = { 0.9, 0.95 }, weight_decay = 0.1, decay = "matrices",
  },
  schedule = schedule.warmup(5*percent) .. schedule.cosine(),
  clip = { norm = 1 },
  validate = 20*percent,
  steps = option("steps", 3600),
}
