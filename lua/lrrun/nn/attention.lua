--- nn.attention: each step takes from the steps that matter to it.

local counted = require "lrrun.util.counted"
local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"

local EPS = 1e-6 -- of qk_norm

-- Weights of queries, keys and values start as torch.nn.MultiheadAttention's do: Glorot's
-- uniform over the whole matrix, biases 0.
local function qkv_start(o, n_in, rows)
  if o.init then
    return o.init:weights(n_in, rows)
  end
  return { kind = "uniform", a = math.sqrt(6 / (n_in + rows)) }
end

-- The sizes of a head and of both groups, checked against the input's features.
local function sizes(self, b, x)
  local o = self.opts
  local width = layer.steps(b, x)[2]
  if width % o.heads ~= 0 then
    b:fail("the input has %s, which %s do not divide; want heads = %s", counted(width, "feature"),
      counted(o.heads, "head"), table.concat(layer.divisors_near(width, o.heads), " or "))
  end
  local size = width // o.heads
  if o.rope and size % 2 ~= 0 then
    b:fail("rope turns pairs of features and a head has %d (%s, %s): want an even "
      .. "number", size, counted(width, "feature"), counted(o.heads, "head"))
  end
  return width, size
end

-- Queries and keys that have learned are alike, so that their product grows as the head does, not
-- as its root (Yang et al., arXiv 2203.03466, 5): nil where the head is the base's.
local function score_scale(b, size)
  local base = b:compared("head size", size)
  return base ~= size and math.sqrt(base) / size or nil
end

local function ones(size)
  return { size }, { kind = "constant", a = 1 }
end

return layer.constructor {
  name = "nn.attention",
  doc = "Self-attention of many heads over (time, features): what each step takes of the others, "
    .. "by softmax(q k / sqrt(head size)). A shorter sequence's padding has no part in it. Memory "
    .. "grows with time, not with its square.",
  source = "Vaswani et al., NeurIPS 2017 (arXiv 1706.03762); in tiles: Dao et al., NeurIPS 2022; "
    .. "kv_heads: Ainslie et al., EMNLP 2023; rope: Su et al., arXiv 2104.09864; qk_norm: "
    .. "Dehghani et al., ICML 2023",
  positional = { "heads" },
  keys = {
    { "heads", "integer", min = 1, max = 4096, default = 4,
      doc = "heads; they divide the features" },
    { "causal", "boolean", default = false,
      doc = "a step takes of itself and those before it alone" },
    { "kv_heads", "integer", min = 1, max = 4096,
      doc = "heads of keys and values, each for as many of queries; they divide heads, which "
        .. "they are without it" },
    { "rope", { "boolean", "number" }, above = 1, default = false,
      doc = "rotary positions: queries and keys are turned by their place; a number is the base, "
        .. "true is 10000" },
    { "qk_norm", "boolean", default = false,
      doc = "an RMSNorm of each head's queries and keys, with weights q_norm and k_norm" },
    { "bias", "boolean", default = true, doc = "whether the biases are there" },
    layer.ranged({ "dropout", "number", default = 0, schedule = true,
      doc = "share of the attention weights dropped" }, "attention"),
    init.RULE,
    { "out_init", "value", kinds = init.RULE.kinds,
      doc = "how weight_out starts; as init says without one" },
  },
  check = layer.check_heads,
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local width, size = sizes(self, b, x)
      local kv = o.kv_heads or o.heads
      local rows = (o.heads + 2 * kv) * size
      local zero = { kind = "constant", a = 0 }
      local heads = { heads = o.heads, kv_heads = kv }
      local function linear(from, suffix, n, start)
        local weight = b:param("weight_" .. suffix, { n, width }, start)
        local ids = { b:readout(from, weight), weight }
        ids[3] = o.bias and b:param("bias_" .. suffix, { n }, zero) or nil
        return b:op("linear", ids)
      end
      local h = linear(x, "qkv", rows, qkv_start(o, width, rows))
      if o.qk_norm then
        h = b:op("qk_norm", { h, b:param("q_norm", ones(size)), b:param("k_norm", ones(size)) },
          { heads = heads.heads, kv_heads = kv, eps = EPS })
      end
      if o.rope then
        h = b:op("rope", { h }, { heads = heads.heads, kv_heads = kv,
          base = o.rope == true and 10000 or o.rope })
      end
      h = b:op("attention", { h }, { heads = heads.heads, kv_heads = kv, causal = o.causal,
        dropout = o.dropout, scale = score_scale(b, size) })
      return linear(h, "out", width, init.weights(o.out_init or o.init, width, width))
    end,
  },
}
