--- What a layer builds with: a graph, a name for its parameters, and the run's options.
--
-- Parameters are shared in two ways: a layer that nn.graph applies again takes those of the
-- first time (Builder:layer with `first`), and a layer may take one of another's that has a
-- name (Builder:call, Builder:tied). Either way there is one tensor, of one name, whose
-- gradients add up.
--
-- A layer is a constructor's value with a method `add(self, b, x)`: it adds operators to
-- builder `b`, fed by node `x`, and returns the node of its output. Layers use only the
-- methods below, so that a layer of one's own in a recipe is the same few lines.
-- Layer: nn.

local errors = require "lrrun.util.errors"
local native = require "lrrun.native.graph"
local options = require "lrrun.util.options"
local pattern = require "lrrun.util.pattern"
local sorted = require "lrrun.util.sorted"
local units = require "lrrun.util.units"
local values = require "lrrun.util.values"
local widths = require "lrrun.nn.widths"

local match = string.match

local LARGEST = 2 ^ 31 - 1 | 0 -- of a size: lrr_shape

local Builder = {}
local Mt = {}

local builder = {}

--- A builder over an empty graph.
-- context: vocab (of the data, for embeddings), target_vocab (tokens that a target may be, where
-- these are others), freeze (items of util/freeze.lua), classes, portable (the same bits on any
-- CPU), precision ("f32" or "bf16", of matrix products), base (the builder of a narrower network
-- that this one is to train like, which has been
-- through the same layers).
---@param context table?
function builder.new(context)
  return setmetatable({
    graph = native.new(context and context.portable, context and context.precision == "bf16"),
    context = context or {},
    drives = {}, rows = {},
    from = {}, -- full name of a parameter that is frozen first -> the duration
    frozen = {}, -- which items of freeze were about a parameter
    moves = {}, -- layers of frozen parameters whose running statistics move, by their path
    parts = {}, -- prefixes of parameters that are looked at together: blocks of a transformer
    prefix = "", -- of the names of parameters
    path = "", -- of the layer that is being added: its prefix, but where it is applied again
    value = nil, -- the layer that is being added, for messages
    again = false, -- it is applied again: its parameters are there
    tied_to = nil, -- prefix of another layer's parameters, of which it takes one
    made = {}, -- full name of a parameter or buffer -> { id, shape, init }
    names = {}, -- id of a parameter -> its full name
    edges = {}, -- id of an operator's node -> { op, ids = what it is fed by, attrs }
    facts = {}, -- what Builder:compared was told, by full name
    widths = {}, -- full name of a parameter -> how it compares with the base's (nn/widths.lua)
    called = {}, -- name of a layer -> prefix of its parameters
    inputs = {}, axes = 0, -- { name, id }, x first; time axes that they have
  }, Mt)
end

-- "3" and a linear layer make "3.linear"; containers that add no word, "3".
local function name_at(value, place)
  if not place then
    return ""
  end
  return value.transparent and tostring(place) or place .. "." .. match(value.kind, "[^.]+$")
end

local function join(prefix, name)
  return prefix == "" and name or name == "" and prefix or prefix .. "." .. name
end

--- Adds layer `value`, named by its place: "3" and "linear" make "3.linear.weight".
---@param value table a layer
---@param x integer node
---@param place string|integer|nil
---@param first string|integer|nil the place where it was applied first: it has one set of
--- parameters, which it has from there
---@return integer node
function Builder:layer(value, x, place, first)
  local prefix, path, outer, again = self.prefix, self.path, self.value, self.again
  self.prefix, self.path = join(prefix, name_at(value, first or place)),
    join(path, name_at(value, place))
  self.value, self.again = value, again or first ~= nil
  local tied_to = self.tied_to
  self.tied_to = nil
  local y = value:add(self, x)
  self.rows[#self.rows + 1] = { value = value, x = x, y = y, name = self.path,
    shares = self.again and self.prefix or self.tied_to }
  self.prefix, self.path, self.value, self.again = prefix, path, outer, again
  self.tied_to = tied_to
  return y
end

--- The layer that a node belongs to: the innermost one, which is listed before those around it.
---@return table? row of rows
function Builder:layer_of(id)
  for _, row in ipairs(self.rows) do
    if row.x < id and id <= row.y then
      return row
    end
  end
  return nil
end

--- Shape of one sample of a node (the batch left out), and whether its first axis is
--- time of varying length.
---@return integer[] shape, boolean seq, string dtype, integer? axis which time axis
function Builder:shape(x)
  return self.graph:shape(x)
end

local function raise(self, message)
  local value = self.value
  message = message:match "^bad argument #%-?%d+ to '[^']*' %((.*)%)$" or message
  if value then
    errors.raise(value.where, "%s: %s", value.kind,
      (message:gsub("^" .. value.kind:match "[^.]+$" .. ": ", "")))
  end
  errors.raise(nil, "%s", message)
end

--- Raises in the name of the layer being added.
function Builder:fail(fmt, ...)
  raise(self, fmt:format(...))
end

--- An input that is fed by its name in a batch. A sequence has a time axis of its own.
---@param name string
---@param shape integer[] of one sample
---@param how { dtype: string, seq: boolean, grad: boolean }
---@return integer node
function Builder:input(name, shape, how)
  for _, other in ipairs(self.inputs) do
    if other.name == name then
      self:fail("two inputs are named '%s'", name)
    end
  end
  self.axes = self.axes + (how.seq and 1 or 0)
  local id = self.graph:input(shape, how.dtype, how.seq and self.axes, how.grad, name)
  self.inputs[#self.inputs + 1] = { name = name, id = id }
  return id
end

local function guarded(self, f, ...)
  local ok, result = errors.try(f, ...)
  if not ok then
    raise(self, errors.message(result))
  end
  return result
end

local function text(shape)
  return "(" .. table.concat(shape, ", ") .. ")"
end

-- The parameter or buffer of that full name; nil where it is not made yet. what: for messages.
local function shared(self, full, shape, what)
  local found = self.made[full]
  if found and text(found.shape) ~= text(shape) then
    self:fail("%s is %s, and here would be %s: a tensor that is shared has one shape", what,
      text(found.shape), text(shape))
  end
  return found and found.id
end

-- A parameter or buffer that `make(full name)` makes, or the layer's own where it is applied
-- again.
local function state(self, name, shape, make)
  local full = join(self.prefix, name)
  local id = self.again and shared(self, full, shape,
    ("this layer's %s, made where it was applied first,"):format(name))
  if not id then
    local init
    id, init = make(full)
    self.made[full] = { id = id, shape = shape, init = init }
  end
  return id
end

--- Names the layer that is being added, so that others can take its parameters. A layer that
--- is applied again keeps its name.
---@param name string
function Builder:call(name)
  local before = self.called[name]
  if before and before ~= self.prefix then
    self:fail("name = '%s' is another layer's already", name)
  end
  self.called[name] = self.prefix
end

-- Full name of a parameter of the layer of that name; raises where there is none.
local function full_name(self, name, param)
  local prefix = self.called[name]
  if not prefix then
    local names = sorted.keys(self.called)
    local hint = errors.hint(name, names)
    if hint == "" and #names > 0 then
      hint = ("; there is '%s'"):format(table.concat(names, "', '"))
    end
    self:fail("no layer before it has name = '%s'%s", name, hint)
  end
  local full = join(prefix, param)
  if not self.made[full] then
    self:fail("the layer '%s' has no '%s'", name, param)
  end
  return full, prefix
end

--- Sizes of a parameter of the layer of that name, for a layer that takes its own from it.
---@return integer[]
function Builder:tied_shape(name, param)
  return { table.unpack(self.made[full_name(self, name, param)].shape) }
end

--- A parameter of the layer of that name, in the place of one of one's own.
---@param name string what Builder:call named the layer
---@param param string the parameter's name within it
---@param shape integer[] what it has to be
function Builder:tied(name, param, shape)
  local full, prefix = full_name(self, name, param)
  self.tied_to = prefix
  return shared(self, full, shape, ("%s of '%s'"):format(param, name))
end

--- The layer that is added next at this place is a part of the network whose parameters are
--- looked at together (norms of their gradients).
---@param place integer
function Builder:part(place)
  if not self.again then
    self.parts[#self.parts + 1] = join(self.prefix, tostring(place))
  end
end

-- What freeze says of the parameter of that name, and which item of it; nil where it trains.
local function frozen_by(items, name)
  for i, item in ipairs(items or {}) do
    if pattern.matches(name, item.opts.match) then
      return item.opts, i
    end
  end
  return nil
end

-- How the parameter starts in a network that has a base.
local function start_of(self, full, shape, init, layout)
  local base = self.context.base and self.context.base.made[full]
  if not base then
    return init -- whoever gave the base compares the names
  end
  local found, why = widths.compare(base, shape, init, layout or "out_in")
  if not found then
    self:fail("%s %s", full, why)
  end
  self.widths[full] = found
  if found.start == 1 then
    return init
  end
  local own = {}
  for key, item in pairs(init) do
    own[key] = item
  end
  own.a = init.a * found.start
  return own
end

--- A parameter. init is { kind = "uniform"|"normal"|"orthogonal"|"constant", a = number }; layout
--- says which of its first two axes is the way out: "out_in", which is meant without it, or
--- "in_out".
---@param name string
---@param shape integer[]
---@param init {kind: string, a: number}
---@param layout string?
function Builder:param(name, shape, init, layout)
  return state(self, name, shape, function(full)
    local item, which = frozen_by(self.context.freeze, full)
    if item then
      self.frozen[which], self.from[full] = true, item.thaw
    end
    local trains = not item or item.thaw ~= nil
    if math.max(1, table.unpack(shape)) > LARGEST then
      self:fail("%s would be (%s): a size is at most %d", full, table.concat(shape, ", "), LARGEST)
    end
    local start = start_of(self, full, shape, init, layout)
    local id = guarded(self, self.graph.param, self.graph, full, shape, start, trains)
    self.names[id] = full
    return id, init
  end)
end

--- The input of a product with that weight, (outputs, inputs, ...): node x, or x / m where the
--- network has a base, has m times its inputs and as many outputs.
---@param x integer
---@param weight integer node of the parameter
---@return integer node
function Builder:readout(x, weight)
  local full = self.names[weight]
  local found = self.widths[full]
  local factor = found and widths.forward(self.context.base.made[full], self.made[full].shape) or 1
  if factor == 1 then
    return x
  end
  found.forward = factor
  return self:op("scale", { x }, { factor = factor })
end

--- A number of the layer that is being added as the base has it: the same without a base.
---@param name string
---@param value number
---@return number
function Builder:compared(name, value)
  local full, base = join(self.prefix, name), self.context.base
  self.facts[full] = value
  return base and base.facts[full] or value
end

--- For how long what stands beside a parameter of the layer stays as it is: 0, 1 (for good) or the
--- duration.
---@param name string
function Builder:held(name)
  local item = frozen_by(self.context.freeze, join(self.prefix, name))
  if item and not item.statistics then
    self.moves[self.path] = true
  end
  return item and item.statistics and (item.thaw or 1) or 0
end

--- State that is no parameter (running statistics), at `fill` to begin with.
function Builder:buffer(name, shape, fill)
  return state(self, name, shape, function(full)
    return guarded(self, self.graph.buffer, self.graph, full, shape, fill)
  end)
end

--- An operator's node. An attribute that is a schedule starts at 0 and is driven later; one that is
--- a duration is 1 until then, and 0.
---@param name string
---@param ids integer[]
---@param attrs table?
function Builder:op(name, ids, attrs)
  local plain, driven = {}, {}
  for key, item in sorted.pairs(attrs or {}) do -- drives are saved by their order
    if options.is_value(item, "schedule.") or units.is(item) then
      local is_time = units.is(item)
      driven[#driven + 1] = {
        attr = key, schedule = not is_time and item or nil, until_ = is_time and item or nil,
        range = guarded(self, native.range, name, key),
      }
      item = is_time and 1 or 0
    end
    plain[key] = item
  end
  local id = guarded(self, self.graph.op, self.graph, name, ids, plain)
  self.edges[id] = { op = name, ids = ids, attrs = plain }
  for _, drive in ipairs(driven) do
    drive.node = id
    local own = self.path:match "[^.]*$" == name
    drive.name = join(self.path, own and drive.attr or name .. "." .. drive.attr)
    self.drives[#self.drives + 1] = drive
  end
  return id
end

Mt.__index = values.guarded(Builder, Mt, "builder")

return builder
