--- data.table: samples from Lua tables. Layer: data.

local common = require "lrrun.data.common"
local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local input = require "lrrun.data.input"
local readers = require "lrrun.native.readers"
local scale = require "lrrun.data.scale"
local targets = require "lrrun.data.targets"

local arrays = {}

-- Texts as labels: their classes in bytewise order, counted from 0.
local function classes_of(labels)
  local id, names = {}, {}
  for _, label in ipairs(labels) do
    if not id[label] then
      id[label] = true
      names[#names + 1] = label
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    id[name] = i - 1
  end
  local out = {}
  for i, label in ipairs(labels) do
    out[i] = id[label]
  end
  return out, #names, names
end

-- The classes that numbers mean: 0 to the largest; nil where they are no classes.
local function count_classes(y)
  local most = -1
  for _, v in ipairs(y) do
    local whole = math.tointeger(v)
    if not whole or whole < 0 then
      return nil
    end
    most = math.max(most, whole)
  end
  return most + 1
end

-- y: a target for each of n rows.
local function targets_of(value, y, n)
  local o = value.opts
  if y == nil then
    return { classes = 0, targets = 0 }
  elseif #y ~= n then
    errors.raise(value.where, "data.table: 'y' has %s, 'x' has %s", counted(#y, "item"),
      counted(n, "row"))
  elseif type(y[1]) == "string" then
    local ids, classes, names = classes_of(y)
    return { y = ids, classes = classes, targets = 0, names = names }
  end
  local classes = o.task ~= "regression" and type(y[1]) == "number" and count_classes(y)
  if o.task == "classification" and not classes then
    errors.raise(value.where, "data.table: 'y' holds what is no class: want strings or whole "
      .. "numbers from 0")
  elseif classes then
    return { y = y, classes = classes, targets = 0 }
  end
  return { y = y, classes = 0, targets = type(y[1]) == "table" and #y[1] or 1 }
end

-- Whether the samples are lists of steps: of tokens, or of rows of numbers.
local function are_sequences(o)
  local first = o.x[1]
  return o.vocab ~= nil or not o.shape and type(first) == "table" and type(first[1]) == "table"
end

-- The steps of sample i; nil where samples have none.
local function steps_of(o, sequences, i)
  if sequences then
    return type(o.x[i]) == "table" and #o.x[i] or nil
  end
  return o.shape and #o.shape == 2 and o.shape[1] or nil
end

-- The targets of all steps, one after another; nil where y has one for each sample.
local function flat_steps(value, sequences)
  local o, flat = value.opts, {}
  if not o.y or o.per_step == false or #o.y ~= #o.x then
    return nil
  end
  for i, item in ipairs(o.y) do
    local steps = steps_of(o, sequences, i)
    if not steps or type(item) ~= "table" or #item ~= steps then
      if not o.per_step then
        return nil
      end
      errors.raise(value.where, "data.table: 'y' has %s for sample %d, want a list with a target "
        .. "for each of its %s steps", type(item) == "table" and counted(#item, "item")
          or errors.show(item), i, steps or "0")
    end
    table.move(item, 1, steps, #flat + 1, flat)
  end
  return flat
end

-- Numbers in each step of sequences, or in each sample.
local function width_of(o, sequences)
  local row = o.x[1]
  if sequences then
    row = row[1]
  end
  return type(row) == "table" and #row or 1
end

arrays.table = common.constructor {
  name = "data.table",
  doc = "Samples from Lua tables: x has a list of numbers for each, y a class or targets. Lists "
    .. "of lists are sequences, which may differ in length.",
  positional = { "x", "y" },
  keys = {
    { "x", "list", required = true, doc = "rows: lists of numbers, all as long; or sequences: "
      .. "lists of such rows, one for each step; or with vocab lists of tokens" },
    { "y", "list", doc = "a class (a string, or a whole number from 0), a number, or a list of "
      .. "numbers for each row; or a list of such for each step" },
    { "shape", "list", of = "integer", min = 1, doc = "sizes of a sample: {1, 8, 8}" },
    targets.TASK, targets.VOCAB, targets.PER_STEP,
  },
  normalize = true,
  numbers = true,
  images = true,
  check = function(o, fail)
    if #o.x == 0 then
      fail("x", "has no row")
    elseif type(o.x[1]) == "table" and #o.x[1] == 0 then
      fail("x", "has an empty first row, want a list of numbers")
    elseif o.shape and o.vocab then
      fail("shape", "is given beside 'vocab': tokens have none")
    elseif o.shape and (#o.shape == 0 or #o.shape > 4) then
      fail("shape", "has %d sizes, want 1 to 4", #o.shape)
    end
  end,
  native = function(self)
    local o = self.opts
    local sequences = are_sequences(o)
    local flat = flat_steps(self, sequences)
    local y = targets_of(self, flat or o.y, flat and #flat or #o.x)
    local native = readers.rows {
      x = o.x, y = y.y, classes = y.classes, targets = y.targets,
      shape = o.shape or { width_of(o, sequences) },
      seq = sequences, vocab = o.vocab, per_step = flat ~= nil,
    }
    if y.names then
      native:name_classes(y.names)
    end
    local notes, base = { targets.steps_note(native, o.per_step == nil) }, native:base()
    scale.say_base(base, notes)
    notes.arrays = base and { base = base, flags = {} }
    return native, notes
  end,
  input = input.rows,
}

return arrays
