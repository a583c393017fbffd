--- average = { kind = "swa" } of a recipe: an average of the weights that is evaluated, kept and
--- saved in the place of those that train (src/optim/average.h). Layer: recipe.

local optim = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"
local statistics = require "lrrun.optim.statistics"
local units = require "lrrun.util.units"

-- kind -> its keys, each with what it is where it is not given.
local DEFAULTS = {
  ema = { warmup = false, start = 0 * units.steps, batchnorm = 0 },
  swa = { start = 75 * units.percent, every = 1 * units.epochs, batchnorm = statistics.BATCHES },
  lawa = { start = 0 * units.steps, every = 1 * units.epochs, last = 5,
    batchnorm = statistics.BATCHES },
}
local EMA_DECAY = 0.999
local ONLY = { decay = { "ema" }, warmup = { "ema" }, every = { "swa", "lawa" }, last = { "lawa" } }

local function check(o, fail, given)
  for key, kinds in pairs(ONLY) do
    if given[key] ~= nil and table.concat(kinds, " "):find(o.kind, 1, true) == nil then
      fail(key, "is for kind = '%s', and this is '%s'", table.concat(kinds, "' or '"), o.kind)
    end
  end
  if o.kind == "ema" and o.decay == nil then
    o.decay = EMA_DECAY
    if o.warmup == nil then
      o.warmup = true -- a short run would be evaluated at its first weights
    end
  end
  for key, item in pairs(DEFAULTS[o.kind]) do
    if o[key] == nil then
      o[key] = item
    end
  end
end

return options.constructor {
  name = "average",
  doc = "An average of the weights, which validation, the best weights, the saved ones and "
    .. "predictions go by; training does not see it. Optimizers named schedule_free_ have one of "
    .. "their own.",
  source = "Izmailov et al., arXiv 1803.05407 (swa); Kaddour, arXiv 2209.14981 (lawa)",
  keys = {
    { "kind", "string", choices = { "ema", "swa", "lawa" }, required = true,
      doc = "ema: moving, after each update; swa: mean of all that are taken; lawa: of the last" },
    ranges.rule(optim.decay(), { "decay", "number", schedule = true,
      doc = "of ema: how much of the average stays at each update (default 0.999, with "
        .. "warmup = true)" }),
    { "warmup", "boolean",
      doc = "of ema: a plain mean at first, until decay makes the average longer (default false)" },
    { "start", "duration",
      doc = "before it nothing is averaged, and the weights themselves are evaluated (default 0, "
        .. "of swa 75*percent)" },
    { "every", "duration", above = 0,
      doc = "of swa and lawa: how often weights are taken (default 1*epochs)" },
    { "last", "integer", min = 1, max = 1000,
      doc = "of lawa: how many are averaged, each of which takes memory (default 5)" },
    statistics.rule(nil, "running statistics of batchnorm at the average (default 50, of ema 0)"),
  },
  check = check,
}
