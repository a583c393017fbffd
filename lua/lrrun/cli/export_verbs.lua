--- The verbs that give networks to other programs and take weights from them; see cli/verbs.lua.
-- Layer: cli.

return {
  export = { "export", engine = true, args = { 1, 1, "RUN" }, module = "lrrun.cli.export",
    fixed = "a run is used as it was trained",
    doc = "writes the trained network as an ONNX model, or its weights for NumPy",
    about = [[
  lrrun export runs/quickstart-1 -o model.onnx --with-scaling --probabilities
Every layer has its form in ONNX (opset 17, ir_version 8: what runtimes of 2022
and later read); the batch has any size, and so have the steps of sequences,
whose lengths are an input of their own where the network asks for them.
Dropout is left out. The outputs are logits or scaled targets as in training,
unless flags say otherwise; metadata name the classes, the inputs' columns, how
values are scaled, and the weights' digest. Before the file takes its place it
is read back and evaluated node by node in plain Lua on a few random samples:
what lrrun's own network gives has to come out.]],
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
  import = { "import", engine = true, args = { 2, 2, "FILE RECIPE" }, module = "lrrun.cli.import",
    doc = "weights of other programs as those that a recipe's network begins with",
    about = [[
  lrrun import model.safetensors mine.lua --map
names which tensors of the file fit which of the network, and what is done with
them: equal names first, then module by module where kinds of tensors (weight,
bias, running_mean, weight_ih_l0, in_proj_weight, q_proj.weight, kernel, gamma,
...) and shapes are the same. Modules that are alike in all of that go in
order, if there are as many as layers; else they are listed and left open.
Matrices may have to be transposed (Keras, Flax), queries, keys and values be
joined.
  lrrun import model.safetensors mine.lua --map -o start.safetensors
writes them under the network's names, for init = "start.safetensors" in the
recipe. Without --map only equal names count, and the file is RECIPE-
init.safetensors.]],
    flags = {
      { "map", doc = "looks for tensors of other names, and shows what fits" },
      { "output", "FILE", short = "o", doc = "where to write the weights (.safetensors)" },
      { "partial", doc = "leaves layers for which there is nothing as they start" },
    } },
}
