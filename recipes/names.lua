-- Names, letter by letter: a small transformer that writes new ones.
--
-- Use:    lrrun recipes/names.lua; then lrrun generate runs/names-1 --prompt "" --seed 7
--         (--prompt em: names that begin so; --temperature 0.5: more usual ones)
-- Needs:  names.txt in the data folder, or --set file=...: a word in each line, here the 32,033
--         first names of github.com/karpathy/makemore
-- Result: a loss of 2.057 for each letter (perplexity 7.8; 2.97 bits) on a tenth of the names,
--         which no step has seen; 22 s on one core of a Xeon (Sapphire Rapids). Seeds
--         1 to 8 write shyler, kenser, naata, sidhan, rhosandy, maleyah, carlen, marret
--
-- Each name is a document of its own: the model learns where one ends, and with an empty prompt it
-- begins one. The file has names of one frequency in alphabetical order, so that a name gives the
-- next one away; `mix` puts them in an order drawn from the seed. Any list of words will do.
return recipe {
  name = "names",
  seed = 1,
  data = data.text {
    option("file", "names.txt"), task = "lm", document = "\n", mix = true, context = 32,
    batch = 32, val = 0.1,
  },
  model = nn.sequential {
    nn.embedding(64), nn.positions(),
    nn.transformer { depth = 3, heads = 4, causal = true, dropout = 0.1 },
    nn.linear("vocab"),
  },
  optimizer = optim.adamw { lr = 6e-3, weight_decay = 1e-2 },
  schedule = schedule.warmup(100*steps) .. schedule.cosine(),
  clip = { norm = 1 },
  epochs = option("epochs", 12),
}
