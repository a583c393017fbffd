--- How many tokens the next one is as hard to tell from.

return {
  name = "perplexity",
  doc = "exp of the mean loss over the next tokens: a choice among as many, all alike, is as hard; "
    .. "of nn.cross_entropy without class_weights, and in training with its label_smoothing.",
  label = "perplexity",
  short = "ppl",
  mode = "min",
  splits = true,
  needs = { "next" },
  of = function(sums)
    return math.exp(sums.loss / sums.weight)
  end,
  wide = 50,
}
