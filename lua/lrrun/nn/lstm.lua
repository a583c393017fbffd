--- nn.lstm: long short-term memory.

return require("lrrun.nn.recurrent").constructor {
  name = "nn.lstm",
  doc = "Long short-term memory: a cell with input, forget and output gates (rows of the "
    .. "weights in the order i, f, g, o).",
  source = "Hochreiter and Schmidhuber, Neural Computation 9, 1997; Gers et al., 2000",
  op = "lstm",
  gates = 4,
}
