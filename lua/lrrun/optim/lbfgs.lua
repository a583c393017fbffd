--- L-BFGS: src/optim/lbfgs.c.
return require "lrrun.optim.define" {
  name = "optim.lbfgs",
  doc = "Steps by an inverse Hessian that the last gradients tell: for tables, small networks and "
    .. "fits, with the whole training set as one batch (batch = \"all\"; of batches in turn it "
    .. "would take noise for curvature). An update makes up to max_iter steps and computes up to "
    .. "max_eval gradients; loss, grad_norm and running statistics are those before it. Keeps 2 * "
    .. "history + 6 numbers for each weight. All weights are one vector, in the network's order; "
    .. "there are no groups, and no weight decay. What it needs tuned: little with line_search = "
    .. "\"strong_wolfe\"; without it lr, as steps may go too far.",
  source = "Nocedal and Wright 2006, algorithm 7.4, as torch.optim.LBFGS has it",
  numbers = {
    {
      { "max_iter", "integer", default = 20, doc = "steps of an update, at most" },
      "max_iter",
    },
    {
      { "max_eval", "integer",
        doc = "gradients of an update, at most; 5/4 of max_iter without it" },
      "max_eval",
    },
    {
      { "history", "integer", default = 100, doc = "steps that the Hessian is told by" },
      "history",
    },
    {
      { "tolerance_grad", "number", default = 1e-7,
        doc = "an update ends where no element of the gradient is larger" },
      "tolerance_grad",
    },
    {
      { "tolerance_change", "number", default = 1e-9,
        doc = "an update ends where neither a step nor the loss's change is larger" },
      "tolerance_change",
    },
  },
  own = {
    { "line_search", "string", choices = { "none", "strong_wolfe", "wolfe" }, default = "none",
      doc = "how far a step goes: lr, or (\"strong_wolfe\", for short \"wolfe\") as far as the "
        .. "strong Wolfe conditions ask for" },
  },
  defaults = { lr = 1 },
  finds = "steps",
  alone = true,
  searches = true,
  configure = function(o, config)
    config.wolfe = o.line_search ~= "none"
  end,
}
