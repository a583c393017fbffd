--- lrrun: version and the list of modules.

local host = require "lrrun.native.host"

return {
  version = host.version,
  modules = { "data", "nn", "optim", "schedule", "stop", "search", "train", "tensor" },
}
