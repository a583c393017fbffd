--- What the loss is like around a run's weights: its largest curvature (sharpness), the rate up
--- to which updates stay stable there, and how noisy the gradient is.
--
--   local p = probe.new(run, { samples = 512 })
--   p:sharpness()   { value, error, loss, samples, products, settled }
--   p:limit()       { kind, limit, factor, preconditioned, unseen }, after sharpness()
--   p:noise()       { scale, low, high, signal, noise, samples, shard }
--   p:close()
--
-- Batches are the first ones of the run's first epoch, the same wherever in the run it is asked.
-- Ctrl-C ends what is measured within a batch (probe.STOPPED is raised). Nothing of it reaches the
-- run. See src/train/probe.h. Layer: train.

local host = require "lrrun.native.host"
local native = require "lrrun.native.probe"

local probe = {}

local Probe = {}
local Mt = {
  __index = Probe,
  __close = function(self)
    self:close()
  end,
}

--- How many samples curvature is taken of where nobody says, of those with a target at each step
--- how many targets (a batch at least: of 1,024 letters it is within some per cent of that of
--- 16,384, which takes 16 times as long); and noise of how many times as many: it takes one
--- gradient of each, and is lost in fewer.
probe.SAMPLES = 512
probe.TARGETS = 1024
probe.NOISE_TIMES = 4

--- What is raised where Ctrl-C came: nothing was found, and the run is as it was.
probe.STOPPED = "the probe was interrupted"

local STEPS = 20 -- products with the Hessian at most, of each eigenvalue

--- The same with those that look at it with other steps, where these agree.
probe.PRODUCTS = STEPS + 2

local SHARDS = 8 -- batches at least that noise is taken of

local function loader_of(run, opts)
  opts.seed, opts.scaled = run.recipe.opts.seed, run.loss.scales
  return run.dataset:loader(opts)
end

-- How many samples where nobody says.
local function samples_of(run)
  local d = run.dataset
  local steps = d.per_step and (d.length or d.shape[1])
  return steps and math.min(probe.SAMPLES, math.max(d.batch, -(-probe.TARGETS // steps)))
    or probe.SAMPLES
end

-- Whole batches of the run, the fewest that have so many samples.
local function curvature_of(run, samples)
  local loader = loader_of(run, { split = "train" })
  local batches = math.min((samples - 1) // run.dataset.batch + 1, loader:count())
  return native.new { session = run.session, loader = loader, batches = batches, steps = STEPS }
end

-- Batches of equal size, SHARDS at least: those of the run where there are so many of these
-- samples, else smaller ones. Of any length, as each sample has to be drawn alike. nil: of fewer
-- than two samples there is no noise.
local function shards_of(run, samples)
  local all = math.min(probe.NOISE_TIMES * samples, run.dataset.splits.train)
  local size = math.min(run.dataset.batch, math.max(1, all // SHARDS))
  local n = all // size
  if n < 2 then
    return nil
  end
  return { size = size, n = n, loader = loader_of(run, { split = "train", batch = size,
    bucket = false, drop_last = true }) }
end

--- For a run with its session. opts: samples; watch, a function(products) that is called after each
--- product with the Hessian.
---@param run table
---@param opts { samples: integer?, watch: function? }?
function probe.new(run, opts)
  opts = opts or {}
  local samples = opts.samples or samples_of(run)
  run.model:reserve(run.dataset.batch) -- whole batches, also where training takes parts of them
  return setmetatable({ run = run, native = curvature_of(run, samples), watch = opts.watch,
    shards = shards_of(run, samples) }, Mt)
end

-- What was found; nil where Ctrl-C came.
local function measure(self, kind)
  self.native:begin(kind)
  local products, more = 0, true
  while more do
    more = self.native:step()
    products = products + 1
    host.refresh()
    if self.watch then
      self.watch(products)
    end
  end
  return not self.native:stopped() and self.native:result() or nil
end

local function stop()
  error(probe.STOPPED, 0)
end

--- The largest eigenvalue of the Hessian at the run's weights; its value is NaN where the loss or a
--- gradient is not finite.
function Probe:sharpness()
  self.last = measure(self, "sharpness") or stop()
  return self.last
end

--- The rate of the first group up to which the optimizer is stable at that curvature: kind is
--- "unknown" or "later" where there is none, `limit` nil where no direction curves upwards;
--- `preconditioned`, where the optimizer divides by second moments, is the largest eigenvalue of
--- P^-1/2 H P^-1/2, and limit = factor / that; `unseen` is how much of that direction is of weights
--- that have hardly had a gradient, with a second moment that the first one changes (roots below
--- 100 eps).
function Probe:limit()
  local kind, factor, unit = self.native:gain()
  local out = { kind = kind }
  if kind == "unknown" or kind == "later" then
    return out
  end
  local value
  if kind == "uniform" then
    value = unit * self.last.value
  else
    local found = measure(self, "limit") or stop()
    value, out.settled, out.unseen = found.value, found.settled, found.unseen
    out.preconditioned = factor * value
  end
  out.factor, out.limit = factor, value > 0 and 1 / value or nil
  return out
end

-- Noise of the gradient, as Probe:noise has it; nil where Ctrl-C came.
local function noise_of(self)
  local shards = self.shards
  local signal, noise, samples, wrong = self.native:noise(shards.loader, shards.n)
  host.refresh()
  if self.native:stopped() then
    return nil
  end
  local out = { signal = signal, noise = noise, samples = samples, shard = shards.size }
  if signal > 0 and noise > 0 then
    local inverse = signal / noise
    out.scale, out.low = noise / signal, wrong < math.huge and 1 / (inverse + wrong) or 0
    out.high = inverse > wrong and 1 / (inverse - wrong) or nil
  end
  return out
end

--- The gradient noise scale: how many samples a batch has whose gradient is as long as its noise.
--- `scale` is nil where the gradient cannot be told from noise; nil alone where there are too few
--- samples. low and high are a standard error off, of the scale's inverse: noise is known well, and
--- the gradient's square badly. high is nil where that could be 0.
function Probe:noise()
  if not self.shards then
    return nil
  end
  return noise_of(self) or stop()
end

--- Puts what metrics that are asked for take of it among the sums that they are computed of. False:
--- Ctrl-C came, and they have to be asked for again.
---@param sums table<string, any>
---@param asked table<string, boolean> by name
---@return boolean
function Probe:into(sums, asked)
  if asked.sharpness ~= nil then
    local found = measure(self, "sharpness")
    if not found then
      return false
    end
    sums.sharpness = found.value == found.value and found.value or nil
  end
  if asked.noise_scale ~= nil and self.shards then
    local found = noise_of(self)
    if not found then
      return false
    end
    sums.noise_scale = found.scale
  end
  return true
end

--- Bytes that it takes, with what of the data its loaders hold left out.
---@return integer
function Probe:bytes()
  return self.native:bytes()
end

--- Gives back its memory; a second call does nothing.
function Probe:close()
  self.native:close()
end

return probe
