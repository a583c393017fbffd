--- nn.embedding: a vector for each token.

local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"
local shared = require "lrrun.nn.shared"

local function vocab_of(self, b)
  local said, known = self.opts.vocab, b.context.vocab
  if not said and not known then
    b:fail("how many tokens there are is not known here: say vocab = number of tokens")
  elseif said and known and said < known then
    b:fail("vocab is %d, but the data has %d tokens", said, known)
  end
  return said or known
end

return layer.constructor {
  name = "nn.embedding",
  doc = "A vector of `units` numbers for each token, found by its id.",
  positional = { "units" },
  keys = {
    { "units", "integer", min = 1, required = true, doc = "numbers for each token" },
    { "vocab", "integer", min = 1, doc = "tokens there are; the data's without it" },
    { "padding", "integer", min = 0, max = 0,
      doc = "the token that stands for none: its vector starts at 0 and stays; none without it" },
    init.RULE,
    shared.NAME,
    shared.TIED,
  },
  check = function(o, fail)
    shared.check(o, fail)
    if o.tied and o.padding then
      fail("padding", "is given beside tied = \"%s\": the vector of token 0 is a row that layer "
        .. "uses", o.tied)
    end
  end,
  methods = {
    takes_tokens = true,
    add = function(self, b, x)
      local o = self.opts
      local _, _, dtype = b:shape(x)
      if dtype ~= "i32" then
        b:fail("the input holds numbers, want tokens: it goes first, on data of tokens")
      end
      local vocab = vocab_of(self, b)
      local start = { kind = "normal", a = 1 }
      if o.init then
        start = o.init:weights(vocab, o.units)
      end
      if o.padding then
        start.zeros = o.units
      end
      local weight = shared.weight(o, b, { vocab, o.units }, start, "in_out")
      return b:op("embedding", { x, weight }, { padding = o.padding ~= nil })
    end,
  },
}
