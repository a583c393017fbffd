-- Four rates on one network: the grid of the article's table 1.
--
-- Use:    lrrun search recipes/grid_search.lua --strategy grid
--         (lrrun recipes/grid_search.lua trains with 0.01)
-- Needs:  nothing; the 1,797 digits are part of the program
-- Result: best val_loss 0.307 at 0.1, 0.054 at 0.01, 0.099 at 0.001, 0.695 at 0.0001; seconds
--
-- The article's conclusion, on these data: too high a rate settles at a worse loss, too low a one
-- is not there yet when the run ends; the best lies between, here at 0.01. A factor of ten
-- between values is enough to see it, and a finer search begins around the best of them.
return recipe {
  name      = "grid_search",
  seed      = 1,
  data      = data.digits { batch = 32, val = 0.2 },
  model     = nn.sequential { nn.linear(64), nn.relu(), nn.linear(10) },
  loss      = nn.cross_entropy(),
  optimizer = optim.adam { lr = search.choice { 0.1, 0.01, 0.001, 0.0001, default = 0.01 } },
  epochs    = 20,
}
