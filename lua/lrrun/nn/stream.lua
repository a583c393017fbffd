--- A network of sequences of tokens that is run step by step, each time with what the steps
--- before left (native stream): what a model that writes is run with.
--
-- It is a graph of its own beside the one that was trained, for one sample whose steps come a few
-- at a time, without gradients; its parameters have the same names and shapes, and whoever makes
-- it puts their values in. Layer: nn.

local builder = require "lrrun.nn.builder"
local errors = require "lrrun.util.errors"
local native = require "lrrun.native.stream"

local stream = {}

local function refuse(value, why)
  errors.raise(value.where, "%s: the network cannot be run one step at a time: %s", value.kind,
    why)
end

-- The network over a sequence: builder, input and output, or nil and why there is none.
local function sequence(value, how)
  local b = builder.new { vocab = how.vocab, portable = how.portable,
    precision = how.precision, base = how.base }
  local x = b:input("x", { how.length }, { dtype = "i32", seq = true, grad = false })
  local ok, y = errors.try(b.layer, b, value, x)
  if not ok then
    return nil, errors.message(y)
  end
  return b, x, y
end

-- What a layer that cannot be run so is, and its name.
local function reason(b, why, node)
  local row = b:layer_of(node)
  return row and ("%s (%s)"):format(why, row.name) or why
end

--- Why a network cannot be run one step at a time: mostly because a step of it looks at steps
--- behind its own. nil where it can. Nothing is planned, and no memory of any size is taken.
---@param value table a layer
---@param how { length: integer, vocab: integer, portable: boolean?, precision: string?,
--- base: table? } as stream.new
---@return string?
function stream.refusal(value, how)
  local b, x, y = sequence(value, how)
  if not b then
    return x
  end
  local why, node = native.refusal(b.graph, y)
  return why and reason(b, why, node)
end

-- The graph, its input and its output.
local function build(value, how)
  local b, x, y = sequence(value, how)
  if not b then
    refuse(value, x)
  end
  local _, _, dtype = b:shape(y)
  if dtype ~= "real" then
    refuse(value, "what comes out are tokens, want numbers")
  end
  b.graph:plan({ y }, 1, false)
  return b, x, y
end

--- A stream of tokens through network `value`, whose parameters are to be set before it is fed.
---@param value table a layer
---@param how { length: integer, vocab: integer, portable: boolean?, precision: string?,
--- base: table? } length: how many steps the network was built for, as many as may be fed at a
--- time; base: its builder's
---@return table { graph, native = userdata, at, most, bound, bytes, width } native: feed, output,
--- pick, reset, facts, close; bound: steps that there may be in all, nil where there is no end
function stream.new(value, how)
  local b, x, y = build(value, how)
  local made, why, who = native.new(b.graph, x, y)
  if not made then
    refuse(value, reason(b, why, who))
  end
  local out = made:facts()
  out.graph, out.native = b.graph, made
  return out
end

return stream
