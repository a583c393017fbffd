--- The learning rate of the last update.

return {
  name = "lr",
  doc = "Learning rate of the last update.",
  label = "learning rate",
  short = "lr",
  of = function(_, state)
    return state.lr
  end,
  format = "%.3g",
  wide = 100,
}
