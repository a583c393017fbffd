--- SOAP: src/optim/soap.c.
return require "lrrun.optim.define" {
  name = "optim.soap",
  doc = "Adam in the eigenbasis of each matrix's gradients, which Shampoo would divide by. Takes "
    .. "every weight of two rows and columns or more: of linear layers, attention, embeddings, and "
    .. "kernels of convolutions as (out, in * height * width); queries, keys, values and each gate "
    .. "of a recurrent layer apart. Biases, norms, depthwise kernels, single rows and columns are "
    .. "Adam's, with the same numbers; `lrrun plan` says who takes what. A side of more than "
    .. "max_dim rows is left as it is. The first update looks at the gradient and changes no "
    .. "weight. Needs memory: 2 numbers for each weight, for a matrix of r x c another 2 (r^2 + "
    .. "c^2), and about as much to work in. Needs time: products of r c (r + c) in each "
    .. "update, and in double bases of r^3 + c^3 in the first and in each `every`-th (of 1024 x "
    .. "1024 3 s and 1 s of one core; of 4096 it is 64 times that). Lower max_dim, which groups "
    .. "may do for an embedding, where that is too much. Needs lr tuned as AdamW's, and a warm-up. "
    .. "pytorch_optimizer's SOAP is the same on matrices; it has a basis for each axis of a "
    .. "kernel, and for single rows and columns.",
  source = "Vyas et al., arXiv 2409.11321",
  numbers = {
    "betas", "eps",
    {
      { "every", "integer", default = 10, doc = "updates between two changes of the bases" },
      "every",
    },
    {
      { "max_dim", "integer", default = 10000,
        doc = "rows or columns of a matrix beyond which that side has no basis" },
      "max_dim",
    },
  },
  defaults = { lr = 3e-3, betas = { 0.95, 0.95 }, weight_decay = 0.01 },
  decoupled = true,
  matrices = "all",
}
