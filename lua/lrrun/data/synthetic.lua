--- Data made from the recipe's seed: spirals, moons, blobs, random. Layer: data.

local common = require "lrrun.data.common"
local readers = require "lrrun.native.readers"

local synthetic = {}

local N = { "n", "integer", min = 1, max = 2 ^ 31 - 1, default = 1000, doc = "samples" }

local function noise(default)
  return { "noise", "number", min = 0, max = 1e6, default = default,
    doc = "standard deviation added to each coordinate" }
end

local function classes(default, least)
  return { "classes", "integer", min = least, max = 65536, default = default, doc = "classes" }
end

synthetic.spirals = common.constructor {
  name = "data.spirals",
  doc = "Interleaved spirals in the plane, one for each class.",
  source = "after the Stanford CS231n course notes",
  positional = { "n" },
  keys = { N, classes(3, 1), noise(0.1) },
  normalize = true,
  native = function(self, ctx)
    local o = self.opts
    return readers.spirals { n = o.n, classes = o.classes, noise = o.noise,
      seed = common.seed(ctx) }
  end,
}

synthetic.moons = common.constructor {
  name = "data.moons",
  doc = "Two interleaving half circles, 2 classes.",
  source = "after scikit-learn's make_moons",
  positional = { "n" },
  keys = { N, noise(0.1) },
  normalize = true,
  native = function(self, ctx)
    local o = self.opts
    return readers.moons { n = o.n, classes = 2, noise = o.noise, seed = common.seed(ctx) }
  end,
}

synthetic.blobs = common.constructor {
  name = "data.blobs",
  doc = "Normal clouds around random centres, one for each class.",
  source = "after scikit-learn's make_blobs",
  positional = { "n" },
  keys = {
    N, classes(3, 1), noise(1),
    { "features", "integer", min = 1, max = 65536, default = 2, doc = "values of a sample" },
  },
  normalize = true,
  native = function(self, ctx)
    local o = self.opts
    return readers.blobs { n = o.n, classes = o.classes, noise = o.noise, dims = o.features,
      seed = common.seed(ctx) }
  end,
}

synthetic.random = common.constructor {
  name = "data.random",
  doc = "Noise of a given shape, or random tokens, for timing.",
  keys = {
    N, classes(10, 1),
    { "shape", "list", of = "integer", min = 1, doc = "sizes of a sample: {64}, {3, 32, 32}" },
    { "tokens", "integer", min = 2, max = 2 ^ 31 - 1, doc = "vocabulary; ids are 1..tokens-1" },
    { "length", "integer", min = 1, max = 2 ^ 31 - 1, doc = "tokens of a sample" },
    { "task", "string", choices = { "lm" },
      doc = "\"lm\": the target of each token is the next one, and samples are windows of `length` "
        .. "on one list of tokens; default: a class for each sample" },
  },
  normalize = false,
  images = true,
  check = function(o, fail, given)
    if o.tokens and o.shape then
      fail("shape", "is given beside 'tokens'; want one of them")
    elseif o.tokens and not o.length then
      fail("length", "is missing: with 'tokens' it takes the length of a sample")
    elseif not o.tokens and not (o.shape and o.shape[1]) then
      fail("shape", "is missing: it takes the sizes of a sample, {64}, or 'tokens' and 'length'")
    elseif o.shape and #o.shape > 4 then
      fail("shape", "has %d sizes, want at most 4", #o.shape)
    elseif o.task and not o.tokens then
      fail("task", "is \"lm\", which is for tokens: want 'tokens' and 'length', no 'shape'")
    elseif o.task and given.classes then
      fail("classes", "is given beside task = \"lm\", whose targets are the next tokens")
    elseif o.tokens and o.normalize then
      fail("normalize", "is for shapes, not for tokens")
    end
  end,
  native = function(self, ctx)
    local o = self.opts
    local make = o.task == "lm" and readers.noise_windows or readers.noise
    return make { n = o.n, classes = o.classes, shape = o.shape, tokens = o.tokens,
      length = o.length, seed = common.seed(ctx) }
  end,
}

return synthetic
