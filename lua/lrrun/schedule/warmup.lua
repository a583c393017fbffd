--- Rises to the base rate.

local form = require "lrrun.schedule.form"

return form.new {
  name = "warmup",
  doc = "from + (base - from) (t + 1) / length, so that the last update of it has the base "
    .. "rate and the first is not wasted.",
  source = "Goyal et al., Accurate, large minibatch SGD, 2017",
  positional = { "length", "from" },
  own_length = true,
  keys = {
    { "length", "duration", required = true, doc = "how long it lasts; 0: there is none" },
    { "from", "number", min = 0, default = 0, rate = "floor", doc = "the rate it starts from" },
    { "shape", "string", choices = { "linear", "cosine", "exponential" }, default = "linear",
      doc = "how it rises" },
  },
  base = true,
  native = function(o)
    return { from = o.from, shape = o.shape }
  end,
}
