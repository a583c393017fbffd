--- How often the target is among the five most probable classes.

return {
  name = "top5",
  doc = "Share of the targets that are among the five most probable classes.",
  label = "top-5 accuracy",
  short = "top5",
  mode = "max",
  splits = true,
  collects = "top5",
  of = function(sums)
    local n = sums.top5.n[1]
    return n > 0 and sums.top5.hits[1] / n or nil
  end,
  format = "%.4f",
  share = true,
}
