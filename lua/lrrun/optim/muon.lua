--- Muon: src/optim/muon.c.
return require "lrrun.optim.define" {
  name = "optim.muon",
  doc = "Steps by the momentum of each weight matrix, made orthogonal (five Newton-Schulz "
    .. "iterations), so that all directions of it move alike. Takes weights of hidden layers: of "
    .. "linear layers and attention, kernels of convolutions as (out, in * height * width), "
    .. "queries, keys, values and each gate of a recurrent layer apart. Biases, norms, "
    .. "embeddings, positions, the layer that makes the output, depthwise kernels and single rows "
    .. "are AdamW's (adamw = { lr = 1e-3 }, many take betas = { 0.9, 0.95 }); `lrrun plan` says "
    .. "who takes what. Needs both rates tuned: "
    .. "lr is torch.optim.Muon's 0.001, and scale = \"original\" mostly wants 0.02; with \"rms\" "
    .. "steps are as large as AdamW's, so that lr and weight_decay tuned for AdamW fit; "
    .. "\"spectral\" keeps the best lr over widths. A schedule moves both rates in their ratio. "
    .. "Keeps two numbers for each weight. torch.optim.Muon is the same in bfloat16; Keras's is "
    .. "scale = \"rms\" with one lr for both, and leaves out embeddings by their names; timm's has "
    .. "nesterov = false, \"rms\", lr 0.02 and other coefficients in each iteration; optax divides "
    .. "momentum and gradient by different bias corrections, which with nesterov is 0.1 % of the "
    .. "weights after 20 updates.",
  source = "Jordan et al. 2024, kellerjordan.github.io/posts/muon; rms: Liu et al., arXiv "
    .. "2502.16982; spectral: Bernstein and Newhouse, arXiv 2410.21265",
  law = "adam", -- of what AdamW takes
  size = function(o, rows, cols)
    if o.scale == "rms" then
      return 0.2 * math.sqrt(math.max(rows, cols))
    end
    return math.sqrt(o.scale == "spectral" and rows / cols or math.max(1, rows / cols))
  end,
  numbers = {
    "momentum",
    {
      { "ns_steps", "integer", default = 5, doc = "Newton-Schulz iterations of an update" },
      "ns_steps",
    },
  },
  flags = { "nesterov" },
  defaults = { lr = 1e-3, momentum = 0.95, weight_decay = 0.1, nesterov = true },
  decoupled = true,
  own = {
    { "scale", "string", choices = { "original", "rms", "spectral" }, default = "original",
      doc = "size of a step of a matrix of r rows (outputs) and c columns, times lr: "
        .. "sqrt(max(1, r/c)), 0.2 sqrt(max(r, c)) or sqrt(r/c)" },
  },
  configure = function(o, config)
    config.rms_scale, config.spectral_scale = o.scale == "rms", o.scale == "spectral"
  end,
  beside = { numbers = { "betas", "eps" }, lr_doc = "rate; lr where scale is \"rms\", else 0.001",
    same_lr = function(o)
      return o.scale == "rms"
    end },
}
