--- `lrrun help mup`: what transfer = { kind = "mup" } does, and what it does not. Layer: cli.

local TEXT = [[
mup: rates that travel from a narrow network to a wide one (maximal update parametrisation,
Yang et al., arXiv 2203.03466).

  local width = option("width", 64)
  ... transfer = { kind = "mup", base = { width = 64 } }

The recipe is tuned at the base's width (lrrun advise R), then trained at another with the same
rate: lrrun R --set width=1024. Nothing is changed at the base itself. base names what makes the
network narrower, options or keys (["model.1.units"] = 64); the script is read once more with it,
and what differs between the two networks is the width. Where functions of a script make the
recipes, network = the narrower network says it. Widths alone may differ: not depth, not kernels.

m is by how many times a tensor's inputs or outputs have grown (channels count, kernels do not):

  tensor                        start         forward  rate: Adam's kin  SGD          Muon
  input, embedding, positions   as the base   1        1                 x m          by shape
  bias, norm                    as the base   1        1                 x m          1 (its adamw)
  hidden                        / sqrt(m)     1        / m               x m out/in   by shape
  output                        as the base   / m      1                 x m          1 (its adamw)
  tied embedding                as the base   / m      1                 x m          1 (its adamw)
  scores of attention                         sqrt(d base) / d in the place of 1 / sqrt(d)

start is the deviation of what the layer begins with; weight_decay is divided by what the rate is
multiplied by, so that their product stays; Adam's eps is / m, as gradients are. Muon's rate is
times sqrt(m out / m in) over what its own scale makes of the shape: 1 with scale = "spectral", and
with "original" where a matrix keeps its form; / sqrt(m) with "rms". lrrun plan has a row for each
tensor; lrrun coord proves that nothing grows or vanishes with width, which no loss would tell.
What is written (weights.safetensors) has to be used with the factors on the way forward.

What to expect, and what not:
- The best rate moves by little over widths; the loss at it falls with width. Momentum, schedule,
  initial deviations and the output's multiplier are carried over likewise. What regularises
  (dropout, weight decay) and what hangs on the data or the length of a run is not.
- The base should not be too narrow: 64 or more for linear layers, heads of 16 or more. Where its
  best rate is a little low, that is the base's own smallness.
- Number of layers, of steps, size of batch: other rules (CompleteP for depth: Dey et al., arXiv
  2505.01618; --scale-lr for batches).
- Doubts, as of 2026: plain parametrisation with rates of its own for each tensor, / m for hidden
  ones, carries a rate over as well (Everett et al., arXiv 2407.05872); of what muP gains with
  AdamW most is that the embedding's rate does not fall with width (arXiv 2605.21486). Of optimizers
  that look at a weight's own size (lamb) or find their steps (rprop, prodigy) nothing is known.]]

---@param out table
return function(out)
  for line in (TEXT .. "\n"):gmatch "(.-)\n" do
    out:print("%s", line)
  end
end
