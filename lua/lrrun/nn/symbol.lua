--- Nodes inside nn.graph(function(x) ... end): layers are called on them, `+` adds them,
--- nn.cat{ a, b } puts them side by side. A layer that is called on several nodes is one
--- layer, with one set of weights.
-- Layer: nn.

local errors = require "lrrun.util.errors"
local layer = require "lrrun.nn.layer"
local options = require "lrrun.util.options"

local symbol = {}

local Symbol = {}
local Mt = { __index = Symbol, __name = "nn.node" }

local function wrap(state, id)
  return setmetatable({ state = state, id = id }, Mt)
end

local function check(value, who)
  if getmetatable(value) ~= Mt then
    errors.raise(nil, "%s: want a node of nn.graph, got %s", who, errors.show(value))
  elseif not value.state.b then
    errors.raise(nil, "%s: a node of another graph, which is built", who)
  end
  return value
end

-- A node kept from another graph may have an id that this one has too.
local function check_same(a, b, who)
  if check(b, who).state.b ~= a.state.b then
    errors.raise(nil, "%s: a node of another graph", who)
  end
  return b
end

Mt.__add = function(a, b)
  check(a, "nn.graph: +")
  check_same(a, b, "nn.graph: +")
  return wrap(a.state, a.state.b:op("add", { a.id, b.id }))
end

--- Shape of one sample, for logic in a recipe.
function Symbol:shape()
  return (check(self, "nn.graph: shape").state.b:shape(self.id))
end

--- Layer `value` applied to `node`; its parameters are named by order of application. The
--- same layer applied again takes its parameters from the first time.
function symbol.apply(value, node)
  check(node, value.kind)
  local state = node.state
  state.place = state.place + 1
  local id = state.b:layer(value, node.id, state.place, state.first[value])
  state.first[value] = state.first[value] or state.place
  return wrap(state, id)
end

--- nn.cat{ a, b }: outputs side by side (channels of images, the last axis elsewhere).
function symbol.cat(list)
  local ids = {}
  if type(list) ~= "table" or #list == 0 then
    errors.raise(nil, "nn.cat: want a list of nodes, got %s", errors.show(list))
  end
  for i, node in ipairs(list) do
    ids[i] = check_same(check(list[1], "nn.cat"), node, "nn.cat").id
  end
  return wrap(list[1].state, list[1].state.b:op("concat", ids))
end

symbol.input = options.constructor {
  name = "nn.input",
  doc = "A further input of nn.graph, fed by its name in a batch: { x =, y =, NAME = }.",
  positional = { "name" },
  keys = {
    { "name", "string", required = true, doc = "what a batch calls it" },
    { "shape", "list", of = "integer", min = 1, required = true, doc = "sizes of one sample" },
    { "dtype", "string", choices = { "real", "i32" }, default = "real",
      doc = "numbers, or ids of tokens" },
    { "seq", "boolean", default = false,
      doc = "the first axis is time of varying length, its own and not x's" },
  },
  check = function(o, fail)
    if o.name == "x" or o.name == "y" then
      fail("name", "is '%s', which is what a batch calls the %s", o.name,
        o.name == "x" and "first input" or "targets")
    elseif #o.shape == 0 or #o.shape > 4 then
      fail("shape", "has %d sizes, want 1 to 4", #o.shape)
    end
  end,
}

symbol.graph = layer.constructor {
  name = "nn.graph",
  doc = "A network of any shape: the function gets a node, calls layers on nodes, adds "
    .. "them (a + b) or joins them (nn.cat{a, b}), and returns the last. A layer called on "
    .. "two nodes is one layer: it has one set of weights.",
  positional = { "f" },
  keys = {
    { "f", "function", required = true, doc = "function(x) ... return y end" },
    { "inputs", "list", of = "value", kinds = { "nn.input" }, default = {},
      doc = "further inputs, which the function gets after x" },
  },
  methods = {
    transparent = true,
    add = function(self, b, x)
      -- `return nn.cat{...}` is a tail call: no line of the function is left on the stack.
      local _ <close> = errors.fall_back(self.where)
      local state, nodes = { b = b, place = 0, first = {} }, {}
      for i, item in ipairs(self.opts.inputs) do
        local o = item.opts
        nodes[i] = wrap(state, b:input(o.name, o.shape, { dtype = o.dtype, seq = o.seq }))
      end
      local y = self.opts.f(wrap(state, x), table.unpack(nodes))
      if getmetatable(y) ~= Mt then
        errors.raise(self.where, "nn.graph: the function returned %s, want a node",
          errors.show(y))
      elseif y.state.b ~= b then
        errors.raise(self.where, "nn.graph: the function returned a node of another graph")
      end
      state.b = nil -- a node that was kept cannot change the network any more
      return y.id
    end,
  },
}

return symbol
