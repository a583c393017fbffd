--- nn.rnn: the plain recurrent layer.

return require("lrrun.nn.recurrent").constructor {
  name = "nn.rnn",
  doc = "Plain recurrent layer: h = tanh(W_ih x + b_ih + W_hh h' + b_hh).",
  source = "Elman, Cognitive Science 14, 1990",
  op = "rnn",
  gates = 1,
  keys = {
    { "activation", "string", choices = { "tanh", "relu" }, default = "tanh",
      doc = "what the sum goes through" },
  },
  attributes = function(self)
    return { relu = self.opts.activation == "relu" }
  end,
}
