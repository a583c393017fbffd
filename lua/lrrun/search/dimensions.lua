--- Dimensions of a search: numbers and choices that stand in a recipe for one value.
--
-- Outside a search a dimension is its default, or its middle: `dimensions.middle(dim)`.
-- Layer: search.

local options = require "lrrun.util.options"

local dimensions = {}

local function check_ends(o, fail)
  if math.abs(o.lo) == math.huge or math.abs(o.hi) == math.huge then
    fail(math.abs(o.lo) == math.huge and "lo" or "hi", "is not finite")
  elseif o.lo > o.hi then
    fail("lo", "is %s, above 'hi' %s", o.lo, o.hi)
  elseif o.default and (o.default < o.lo or o.default > o.hi) then
    fail("default", "is %s, not from %s to %s", o.default, o.lo, o.hi)
  elseif o.prior and (o.prior < o.lo or o.prior > o.hi) then
    fail("prior", "is %s, not from %s to %s", o.prior, o.lo, o.hi)
  elseif o.step and o.step > o.hi - o.lo then
    fail("step", "is %s, more than from 'lo' to 'hi'", o.step)
  end
end

local function check_log(o, fail)
  if o.lo <= 0 then
    fail("lo", "is %s; a logarithmic dimension begins above 0", o.lo)
  end
  check_ends(o, fail)
end

local LARGEST = 2 ^ 52 -- integers up to here are exact in a double, with room for half ones

local function number_rules(kind, step)
  local range = kind == "integer" and { min = -LARGEST, max = LARGEST } or {}
  local keys = {
    { "lo", kind, required = true, min = range.min, max = range.max, doc = "lowest value" },
    { "hi", kind, required = true, min = range.min, max = range.max, doc = "highest value" },
    { "default", kind, doc = "value outside a search; else the prior, or the middle" },
    { "prior", kind, doc = "where the best value is believed to be: tried first, and more is "
      .. "tried around it at first; a wrong one is recovered from (lrrun help search)" },
    { "points", "integer", min = 1, doc = "values that a grid takes of it" },
  }
  if step then
    keys[#keys + 1] = { "step", kind, above = 0, doc = "only lo, lo + step, ... are taken" }
  end
  return keys
end

local function number(name, doc, rules, check)
  return options.constructor {
    name = "search." .. name,
    doc = doc,
    dimension = true,
    positional = { "lo", "hi" },
    keys = rules,
    check = check,
  }
end

dimensions.uniform = number("uniform", "A number from lo to hi, every place alike.",
  number_rules("number", true), check_ends)
dimensions.loguniform = number("loguniform",
  "A number from lo to hi, every factor alike: for rates.", number_rules("number"), check_log)
dimensions.int = number("int", "A whole number from lo to hi.", number_rules("integer", true),
  check_ends)
dimensions.logint = number("logint",
  "A whole number from lo to hi, every factor alike: for sizes.", number_rules("integer"),
  check_log)

-- Constructors by the last word of their kind, plain values as they are, other tables by
-- their place.
local function label_of(value, i)
  local desc = options.descriptor(value)
  if desc then
    return desc.name:match "[^.]+$"
  elseif type(value) == "table" or type(value) == "function" then
    return "#" .. i
  end
  return tostring(value)
end

--- What the choices of a `search.choice` are called, in order: `sgd`, `64`, `relu#2`.
---@param dim table
---@return string[]
function dimensions.labels(dim)
  local labels, seen = {}, {}
  for i, value in ipairs(dim.opts.choices) do
    local label = label_of(value, i)
    seen[label] = (seen[label] or 0) + 1
    labels[i] = seen[label] > 1 and label .. "#" .. seen[label] or label
  end
  return labels
end

--- Place of a choice by its value or its label, or nil.
function dimensions.place(dim, wanted)
  for i, value in ipairs(dim.opts.choices) do
    if rawequal(value, wanted) then
      return i
    end
  end
  for i, label in ipairs(dimensions.labels(dim)) do
    if label == wanted then
      return i
    end
  end
  return nil
end

dimensions.choice = options.constructor {
  name = "search.choice",
  doc = "One of the values given; constructors among them may hold dimensions of their own.",
  dimension = true,
  rest = "choices",
  keys = {
    { "choices", "list", of = "any", required = true, doc = "the values" },
    { "default", "any", doc = "value (or constructor's name) outside a search; else the first" },
  },
  check = function(o, fail)
    if #o.choices == 0 then
      fail("choices", "is empty, want at least one")
    end
    for i, choice in ipairs(o.choices) do
      if type(choice) == "string" and not utf8.len(choice) then
        fail("choices", "has an item %d that is not UTF-8", i)
      end
    end
    if o.default ~= nil and not dimensions.place({ opts = o }, o.default) then
      fail("default", "is none of the choices")
    end
  end,
}

local MIDDLE = {
  ["search.uniform"] = function(o)
    local half = o.lo / 2 + o.hi / 2
    if not o.step then
      return half
    end
    return math.min(o.lo + math.floor((half - o.lo) / o.step + 0.5) * o.step, o.hi)
  end,
  ["search.loguniform"] = function(o)
    return math.min(math.max(math.sqrt(o.lo) * math.sqrt(o.hi), o.lo), o.hi)
  end,
  ["search.int"] = function(o)
    local step = o.step or 1
    return o.lo + (o.hi - o.lo) // step // 2 * step
  end,
  ["search.logint"] = function(o)
    return math.min(math.max(math.floor(math.sqrt(o.lo) * math.sqrt(o.hi) + 0.5), o.lo), o.hi)
  end,
}

--- The value of a dimension outside a search, and for a choice its place.
---@param dim table
function dimensions.middle(dim)
  local o = dim.opts
  if dim.kind == "search.choice" then
    local i = o.default ~= nil and dimensions.place(dim, o.default) or 1
    return o.choices[i], i
  elseif o.default ~= nil or o.prior ~= nil then
    return o.default ~= nil and o.default or o.prior
  end
  return MIDDLE[dim.kind](o)
end

return dimensions
