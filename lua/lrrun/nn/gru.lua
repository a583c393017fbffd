--- nn.gru: gated recurrent unit.

return require("lrrun.nn.recurrent").constructor {
  name = "nn.gru",
  doc = "Gated recurrent unit: reset and update gates (rows of the weights in the order "
    .. "r, z, n; the reset gate acts after W_hn h' + b_hn).",
  source = "Cho et al., EMNLP 2014 (arXiv 1406.1078), in PyTorch's form",
  op = "gru",
  gates = 3,
}
