--- The verbs that give networks to other programs and take weights from them; see cli/verbs.lua.
-- Layer: cli.

return {
  export = { "export", engine = true, args = { 1, 1, "RUN" }, module = "lrrun.cli.export",
    fixed = "a run is used as it was trained",
    doc = "writes the trained network as an ONNX model, or its weights for NumPy",
    about = [[
  lrrun export runs/quickstart-1 -o model.onnx --with-scaling --probabilities
Every layer has its form in ONNX (opset 17, ir_version 8: what runtimes of 2022 and later read); the
batch has any size, and so have the steps of sequences, whose lengths are an input of their own
where the network asks for them. Dropout is left out. The outputs are logits or scaled targets as in
training, unless flags say otherwise; metadata name the classes, the inputs' columns, how values are
scaled, and the weights' digest. Before the file takes its place it is read back and evaluated node
by node in plain Lua on a few random samples: what lrrun's own network gives has to come out.]],
    flags = {
      { "output", "FILE", short = "o",
        doc = "where to write it, .onnx or .npz (default: the run's name)" },
      { "with-scaling", doc = "puts the data's scaling inside: the model takes values as they are, "
        .. "and gives targets that are numbers in their own units" },
      { "probabilities", doc = "gives probabilities of classes (softmax, of nn.bce sigmoid), not "
        .. "logits" },
      { "average", "N", type = "count",
        doc = "the mean of the N latest checkpoints (1: the last one) in the place of the saved "
          .. "weights" },
      { "numpy", doc = "writes the weights alone, as arrays by name (.npz)" },
      { "unchecked", doc = "writes the model without evaluating it" },
    } },
}
