--- What nn.rnn, nn.lstm and nn.gru have in common: layers on one another, both directions,
--- dropout between layers. The operators know one layer in one direction.
-- Layer: nn.

local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"

local recurrent = {}

local KINDS = init.RULE.kinds

local function keys(extra)
  local list = {
    { "units", "integer", min = 1, required = true, doc = "size of the state" },
    { "layers", "integer", min = 1, max = 64, default = 1,
      doc = "layers on one another, each fed by all steps of the one below" },
    { "sequences", "boolean", default = false,
      doc = "gives the state after every step (time, units), not the last alone" },
    { "bidirectional", "boolean", default = false,
      doc = "a second direction, from each sample's end; outputs side by side" },
    layer.ranged({ "dropout", "number", default = 0, schedule = true,
      doc = "share dropped between layers" }, "dropout", "rate"),
    { "bias", "boolean", default = true, doc = "whether the biases are there" },
    { "init", "value", kinds = KINDS,
      doc = "how weight_ih starts; uniform +-1/sqrt(units) without one" },
    { "recurrent_init", "value", kinds = KINDS,
      doc = "how weight_hh starts; uniform +-1/sqrt(units) without one" },
  }
  for _, rule in ipairs(extra or {}) do
    list[#list + 1] = rule
  end
  return list
end

local function check(o, fail)
  if o.layers == 1 and o.dropout ~= 0 then
    fail("dropout", "acts between layers and there is one: say layers = 2, or put "
      .. "nn.dropout after it")
  end
end

local function start(value, fan_in, fan_out, bound)
  if value then
    return value:weights(fan_in, fan_out)
  end
  return { kind = "uniform", a = bound }
end

-- One layer in one direction. prefix: "", "l2.", "reverse.", "l2.reverse.".
local function direction(self, b, x, prefix, attrs)
  local o = self.opts
  local n_in, h = b:shape(x)[2], o.units
  local wide = self.gates * h
  local bound = 1 / math.sqrt(h)
  local weight = b:param(prefix .. "weight_ih", { wide, n_in }, start(o.init, n_in, h, bound))
  local ids = {
    b:readout(x, weight), weight,
    b:param(prefix .. "weight_hh", { wide, h }, start(o.recurrent_init, h, h, bound)),
  }
  if o.bias then
    local bias = o.init and { kind = "constant", a = 0 } or { kind = "uniform", a = bound }
    ids[4] = b:param(prefix .. "bias_ih", { wide }, bias)
    ids[5] = b:param(prefix .. "bias_hh", { wide }, bias)
  end
  return b:op(self.op, ids, attrs)
end

local function attributes(self, sequences, reverse)
  local attrs = self.attributes and self:attributes() or {}
  attrs.sequences, attrs.reverse = sequences, reverse
  return attrs
end

local function add(self, b, x)
  local o = self.opts
  layer.steps(b, x)
  for l = 1, o.layers do
    local prefix = l > 1 and ("l%d."):format(l) or ""
    local sequences = o.sequences or l < o.layers
    local y = direction(self, b, x, prefix, attributes(self, sequences, false))
    if o.bidirectional then
      local back = direction(self, b, x, prefix .. "reverse.", attributes(self, sequences, true))
      y = b:op("concat", { y, back })
    end
    if l < o.layers and o.dropout ~= 0 then
      y = b:op("dropout", { y }, { rate = o.dropout, spatial = false })
    end
    x = y
  end
  return x
end

--- The constructor of one kind of recurrent layer.
---@param desc table name, doc, source, op, gates (how many times `units` rows the weights
--- have), keys (beyond the common ones), attributes(self) -> the operator's own
function recurrent.constructor(desc)
  return layer.constructor {
    name = desc.name,
    doc = desc.doc,
    source = desc.source,
    positional = { "units" },
    keys = keys(desc.keys),
    check = check,
    methods = { op = desc.op, gates = desc.gates, attributes = desc.attributes, add = add,
      keeps_steps = "gives its last state alone; with sequences = true it gives that after every "
        .. "step" },
  }
end

return recurrent
