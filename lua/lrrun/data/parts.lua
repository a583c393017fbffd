--- Training, validation and test data that are files or folders of their own: the keys train, val
--- and test, the same for tables, arrays, texts and pictures. Layer: data.
--
-- What is known of the data (columns, classes, words, scales) comes from the training part alone.

local find = require "lrrun.data.find"

local parts = {}

--- The parts in the order that data sets have them.
parts.NAMES = { "train", "val", "test" }

--- Rows of keys for options: main and train name the same; val and test may be shares of it.
---@param main string the key of all data: "file", "folder"
---@param doc string what it names
---@param noun string "file" or "folder" or both
---@param items string what is in it: "rows", "texts", "pictures"
---@return table[]
function parts.keys(main, doc, noun, items)
  return {
    { main, "string", doc = doc },
    { "train", "string", doc = ("the same, where val and test are %ss too"):format(noun) },
    { "val", { "number", "string" }, min = 0, below = 1,
      doc = ("share of the %s kept for validation, a %s of such %s, or \"test\""):format(items,
        noun, items) },
    { "test", { "number", "string" }, min = 0, below = 1,
      doc = ("share of the %s kept as a test split, or a %s of such %s"):format(items, noun,
        items) },
  }
end

--- The rows of one list and of another.
function parts.with(keys, more)
  return table.move(more, 1, #more, #keys + 1, keys)
end

--- Fails where not exactly one of main and train is given.
function parts.check(main, o, fail)
  if (o[main] == nil) == (o.train == nil) then
    fail(main, o[main] and "and 'train' name the same: give one of them"
      or "is missing: it takes a string, the %s's name; 'train' is the same", main)
  end
end

local function name_of(x)
  return type(x) == "string" and x ~= "test" and x or nil
end

--- The names that the recipe gives: train, and val and test where they are no shares.
---@return {train: string, val: string?, test: string?}
function parts.names(main, o)
  return { train = o[main] or o.train, val = name_of(o.val),
    test = type(o.test) == "string" and o.test or nil }
end

--- Whether a part has this name.
function parts.is_name(name)
  return name == "train" or name == "val" or name == "test"
end

--- The part whose file has the name of the one at path, else "train": how it is written.
---@param main string
---@param o table
---@param path string? nil: the standard input
---@return string
function parts.of_file(main, o, path)
  local names = parts.names(main, o)
  for _, part in ipairs(parts.NAMES) do
    if path and names[part] and names[part]:match "[^/]*$" == path:match "[^/]*$" then
      return part
    end
  end
  return "train"
end

--- Their paths. need: finds one, as find.need does.
---@param need? fun(value: table, ctx: table, name: string): string
---@return {train: string, val: string?, test: string?}
function parts.paths(value, ctx, main, need)
  local paths = {}
  for part, name in pairs(parts.names(main, value.opts)) do
    paths[part] = (need or find.need)(value, ctx, name)
  end
  return paths
end

return parts
