--- What all layers have in common: they are built alone (nn.linear{7}:build({5})), put
--- into containers, and called on the nodes of nn.graph.
-- Layer: nn.

local native = require "lrrun.native.graph"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"

local layer = {}

--- A layer's constructor: options.constructor with `build` and a call on graph nodes.
---@param desc table as for options.constructor; methods.add(self, b, x) -> y is required
function layer.constructor(desc)
  local methods = desc.methods
  methods.build = function(self, shape, opts)
    return (require("lrrun.nn.model").build(self, shape, opts)) -- no tail call: its name stays
  end
  desc.meta = desc.meta or {}
  desc.meta.__call = function(self, node)
    return require("lrrun.nn.symbol").apply(self, node)
  end
  return options.constructor(desc)
end

--- `rule` with the range that an operator's attribute has ("dropout", "rate").
function layer.ranged(rule, op, attr)
  return ranges.rule(native.range(op, attr or rule[1]), rule)
end

--- True for a layer's value (anything that `add`s to a builder).
function layer.is(value)
  return options.is_value(value, "nn.") and value.add ~= nil
end

--- The rule of a key that takes a list of layers.
function layer.list_rule(key, doc)
  return { key, "list", of = "value", kinds = { "nn." }, default = {}, doc = doc }
end

--- Checks that every item of a list is a layer (and no loss or initialiser).
function layer.check_list(list, key, fail)
  for i, item in ipairs(list) do
    if not layer.is(item) then
      fail(key, "item %d is %s, want a layer", i, item.kind)
    end
  end
end

--- The divisors of n on both sides of k, for messages.
---@param n integer
---@param k integer
---@return integer[] one or two
function layer.divisors_near(n, k)
  local list = {}
  for d = math.min(k, n), 1, -1 do
    if n % d == 0 then
      list[1] = d
      break
    end
  end
  for d = k + 1, n do
    if n % d == 0 then
      list[#list + 1] = d
      break
    end
  end
  return list
end

--- The shape of an input of numbers; tokens are refused.
---@param b table builder
---@param x table node
---@return integer[]
function layer.numbers(b, x)
  local shape, _, dtype = b:shape(x)
  if dtype ~= "real" then
    b:fail("the input holds tokens: nn.embedding goes before it")
  end
  return shape
end

--- Time and features of an input of numbers at steps; another is refused, with what would make
--- it one.
---@param b table builder
---@param x table node
---@return integer[]
function layer.steps(b, x)
  local shape = layer.numbers(b, x)
  if #shape ~= 2 then
    b:fail("the input is (%s), want (time, features)%s", table.concat(shape, ", "),
      #shape == 3 and ": nn.tokens() makes a sequence of an image" or #shape == 1
        and ": " .. require("lrrun.nn.lost").steps(b, x) or "")
  end
  return shape
end

--- Refuses an input that is no image, with what would make it one.
---@param b table builder
---@param x table node
function layer.no_image(b, x)
  b:fail("the input is (%s), want an image (channels, h, w): %s", table.concat(b:shape(x), ", "),
    require("lrrun.nn.lost").image(b, x))
end

--- The check of a layer of attention's options.
---@param o table options
---@param fail fun(key: string, text: string, ...)
function layer.check_heads(o, fail)
  if o.kv_heads and o.heads % o.kv_heads ~= 0 then
    fail("kv_heads", "is %d, and heads is %d: want a number that divides it", o.kv_heads, o.heads)
  end
end

return layer
