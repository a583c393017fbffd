--- What a layer builds with: a graph, a name for its parameters, and the run's options.
--
-- A layer is a constructor's value with a method `add(self, b, x)`: it adds operators to
-- builder `b`, fed by node `x`, and returns the node of its output. Layers use only the
-- methods below, so that a layer of one's own in a recipe is the same few lines.
-- Layer: nn.

local errors = require "lrrun.util.errors"
local native = require "lrrun.native.graph"
local options = require "lrrun.util.options"
local sys = require "lrrun.native.sys"
local sorted = require "lrrun.util.sorted"

local Builder = {}
Builder.__index = Builder

local builder = {}

-- Lua's collector sees a network as a few bytes, so networks that nobody uses any more are
-- looked for here: whenever tensors have doubled since the last time, and grown by ROOM.
local ROOM = 64 * 1024 * 1024
local collect_above = ROOM

local function make_room()
  if sys.mem_used() > collect_above then
    collectgarbage()
    collect_above = 2 * sys.mem_used() + ROOM
  end
end

--- A builder over an empty graph.
-- context: vocab (of the data, for embeddings), freeze (Lua pattern of parameter names
-- that do not train), classes, portable (the same bits on any CPU).
---@param context table?
function builder.new(context)
  make_room()
  return setmetatable({
    graph = native.new(context and context.portable), prefix = "", context = context or {},
    drives = {}, rows = {},
    value = nil, -- the layer that is being added, for messages
  }, Builder)
end

--- Adds layer `value`, named by its place: "3" and "linear" make "3.linear.weight".
---@param value table a layer
---@param x integer node
---@param place string|integer|nil
---@return integer node
function Builder:layer(value, x, place)
  local outer_prefix, outer_value = self.prefix, self.value
  local name = place and place .. "." .. value.kind:match "[^.]+$" or ""
  if value.transparent then
    name = place and tostring(place) or ""
  end
  self.prefix = outer_prefix == "" and name
    or name == "" and outer_prefix or outer_prefix .. "." .. name
  self.value = value
  local y = value:add(self, x)
  self.rows[#self.rows + 1] = { value = value, x = x, y = y, name = self.prefix }
  self.prefix, self.value = outer_prefix, outer_value
  return y
end

--- Shape of one sample of a node (the batch left out), and whether its first axis is
--- time of varying length.
---@return integer[] shape, boolean seq, string dtype
function Builder:shape(x)
  return self.graph:shape(x)
end

local function full_name(self, name)
  return self.prefix == "" and name or self.prefix .. "." .. name
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

local function guarded(self, f, ...)
  local ok, result = pcall(f, ...)
  if not ok then
    raise(self, tostring(result))
  end
  return result
end

--- A parameter. init is { kind = "uniform"|"normal"|"orthogonal"|"constant", a = number }.
---@param name string
---@param shape integer[]
---@param init {kind: string, a: number}
function Builder:param(name, shape, init)
  local full = full_name(self, name)
  local freeze = self.context.freeze
  local trains = not (freeze and full:find(freeze))
  return guarded(self, self.graph.param, self.graph, full, shape, init, trains)
end

--- State that is no parameter (running statistics), at `fill` to begin with.
function Builder:buffer(name, shape, fill)
  return guarded(self, self.graph.buffer, self.graph, full_name(self, name), shape, fill)
end

--- An operator's node. An attribute that is a schedule starts at 0 and is driven later.
---@param name string
---@param ids integer[]
---@param attrs table?
function Builder:op(name, ids, attrs)
  local plain, driven = {}, {}
  for key, item in sorted.pairs(attrs or {}) do -- drives are saved by their order
    if options.is_value(item, "schedule.") then
      driven[#driven + 1] = {
        attr = key, schedule = item, range = guarded(self, native.range, name, key),
      }
      item = 0
    end
    plain[key] = item
  end
  local id = guarded(self, self.graph.op, self.graph, name, ids, plain)
  for _, drive in ipairs(driven) do
    drive.node = id
    local own = self.prefix:match "[^.]*$" == name
    drive.name = full_name(self, own and drive.attr or name .. "." .. drive.attr)
    self.drives[#self.drives + 1] = drive
  end
  return id
end

return builder
