--- lrrun: version and the list of modules.

return {
  version = "0.1.0",
  modules = { "data", "nn", "optim", "schedule", "stop", "search", "train", "tensor" },
}
