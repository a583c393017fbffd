-- A rate that rises over the first steps and then falls along half a cosine.
--
-- Use:    lrrun recipes/warmup_cosine.lua; lrrun plan recipes/warmup_cosine.lua draws it
-- Needs:  nothing; the 1,797 digits are part of the program
-- Result: 98.9 % in validation, val_loss 0.047; under a second
--
-- The schedule to begin with: warmup keeps updates small while Adam's averages fill, the cosine
-- uses the rate up by the end of the run.
return recipe {
  name      = "warmup_cosine",
  seed      = 1,
  data      = data.digits { batch = 32, val = 0.2 },
  model     = nn.sequential {
    nn.linear(128), nn.relu(), nn.linear(64), nn.relu(), nn.linear(10),
  },
  loss      = nn.cross_entropy(),
  optimizer = optim.adam { lr = option("lr", 1e-2) },
  schedule  = schedule.warmup { 10*percent, from = 0 } .. schedule.cosine { min = 1e-5 },
  epochs    = 30,
}
