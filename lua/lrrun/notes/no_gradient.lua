--- Note: no weight had a gradient in any update. Layer: notes.

return {
  kind = "no_gradient",
  doc = "the gradient was exactly 0 in every update: nothing is learned at any rate",
  early = true,
  unless = { "diverged", "dead_units" },
  see = function(seen)
    if seen.peak == 0 or #seen.bins == 0 or seen.largest(seen.bins, "norm_peak") ~= 0 then
      return nil
    end
    return ("all gradients are 0 in each of the %d updates, so nothing is learned, whatever the "
      .. "rate: weights that begin at 0, outputs where the loss or an activation is flat, or "
      .. "targets that the network meets from the start"):format(seen.steps), 0
  end,
}
