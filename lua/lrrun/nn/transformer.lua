--- nn.transformer: blocks of attention and of layers at each step, in few words. It is made of
--- the layers that a recipe could write out, which `plan` lists.

local activation = require "lrrun.nn.activation"
local attention = require "lrrun.nn.attention"
local container = require "lrrun.nn.container"
local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"
local linear = require "lrrun.nn.linear"
local norm = require "lrrun.nn.norm"
local shape = require "lrrun.nn.shape"
local swiglu = require "lrrun.nn.swiglu"

local GPT2 = 0.02 -- deviation of weights (Radford et al. 2019)

-- How weights start, and how those that write into the sum of all blocks do: their deviation
-- is divided by the root of how many there are, so that the sum's does not grow with depth.
local function starts(o)
  if o.init ~= "gpt2" then
    return o.init, o.init
  end
  return init.normal { std = GPT2 }, init.normal { std = GPT2 / math.sqrt(2 * o.depth) }
end

local function norm_of(o)
  return o.rmsnorm and norm.rmsnorm() or norm.layernorm()
end

-- Two thirds as wide where three matrices stand for two, up to a multiple of 64.
local function gated_width(hidden)
  return (hidden * 2 // 3 + 63) // 64 * 64
end

-- What is as a layer has it anyway is not said: plans show what was.
local function unless_bias(o)
  if not o.bias then
    return false
  end
  return nil
end

local function step_layers(o, width)
  local start, last = starts(o)
  local hidden = math.max(1, math.floor(o.mlp * width + 0.5))
  if o.activation == "swiglu" then
    return { swiglu { width, hidden = gated_width(hidden), bias = o.bias or nil, init = start,
      down_init = last } }
  end
  return { linear { hidden, bias = unless_bias(o), init = start }, activation[o.activation](),
    linear { width, bias = unless_bias(o), init = last } }
end

local function attention_of(o)
  local start, last = starts(o)
  return attention {
    heads = o.heads, causal = o.causal or nil, kv_heads = o.kv_heads, rope = o.rope or nil,
    qk_norm = o.qk_norm or nil, bias = unless_bias(o),
    dropout = o.dropout ~= 0 and o.dropout or nil, init = start, out_init = last,
  }
end

-- x + f(norm(x)), or norm(x + f(x)).
local function half(o, layers)
  if o.norm == "pre" then
    table.insert(layers, 1, norm_of(o))
  end
  if o.dropout ~= 0 then
    layers[#layers + 1] = shape.dropout(o.dropout)
  end
  return container.residual(layers)
end

local function block(o, width)
  local list = { half(o, { attention_of(o) }) }
  if o.norm == "post" then
    list[2] = norm_of(o)
  end
  list[#list + 1] = half(o, step_layers(o, width))
  if o.norm == "post" then
    list[#list + 1] = norm_of(o)
  end
  return container.sequential(list)
end

-- The line of the recipe that messages name: the transformer's own.
local function placed(value, where)
  value.where = where
  for _, item in ipairs(value.opts.layers or {}) do
    placed(item, where)
  end
  return value
end

-- What it stands for, for `width` features.
local function unfolded(o, width)
  local list = {}
  for i = 1, o.depth do
    list[i] = block(o, width)
  end
  if o.norm == "pre" then
    list[#list + 1] = norm_of(o)
  end
  return list
end

return layer.constructor {
  name = "nn.transformer",
  doc = "`depth` blocks over (time, features), each of nn.attention and then layers at each step, "
    .. "both beside a way around them. With norm = \"pre\" a norm follows the last. `lrrun plan` "
    .. "shows the layers it stands for.",
  source = "Vaswani et al., NeurIPS 2017 (arXiv 1706.03762); pre: Xiong et al., ICML 2020 (arXiv "
    .. "2002.04745); gpt2: Radford et al., 2019",
  positional = { "depth" },
  keys = {
    { "depth", "integer", min = 1, max = 1000, required = true, doc = "blocks" },
    { "heads", "integer", min = 1, max = 4096, default = 4,
      doc = "heads of attention; they divide the features" },
    { "mlp", "number", above = 0, max = 4096, default = 4,
      doc = "outputs of the first layer at each step, in widths of the input" },
    { "activation", "string", choices = { "gelu", "relu", "silu", "swiglu" }, default = "gelu",
      doc = "between the layers at each step; \"swiglu\" is nn.swiglu in their place, two thirds "
        .. "as wide" },
    { "norm", "string", choices = { "pre", "post" }, default = "pre",
      doc = "x + f(norm(x)), or norm(x + f(x)) as in the first transformers, which wants warmup" },
    { "rmsnorm", "boolean", default = false, doc = "nn.rmsnorm in the place of nn.layernorm" },
    { "causal", "boolean", default = false, doc = "a step sees itself and those before it alone" },
    { "kv_heads", "integer", min = 1, max = 4096, doc = "as nn.attention's" },
    { "rope", { "boolean", "number" }, above = 1, default = false, doc = "as nn.attention's" },
    { "qk_norm", "boolean", default = false, doc = "as nn.attention's" },
    { "bias", "boolean", default = true, doc = "whether linear layers have biases" },
    layer.ranged({ "dropout", "number", default = 0, schedule = true,
      doc = "share dropped of attention weights and of what each half of a block adds" },
      "attention"),
    { "init", { "string", "value" }, choices = { "gpt2" }, kinds = init.RULE.kinds,
      doc = "how weights start: \"gpt2\" is normal with deviation 0.02, divided by the root of "
        .. "2 depth where a block's halves end, biases 0; as each layer does without it" },
  },
  check = layer.check_heads,
  methods = {
    transparent = true,
    add = function(self, b, x)
      for i, item in ipairs(unfolded(self.opts, layer.steps(b, x)[2])) do
        if i <= self.opts.depth then
          b:part(i)
        end
        x = b:layer(placed(item, self.where), x, i)
      end
      return x
    end,
  },
}
