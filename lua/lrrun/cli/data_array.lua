--- `lrrun data FILE.npy` and `FILE.npz`: what arrays of NumPy hold.
--
-- Layer: cli.

local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local readers = require "lrrun.native.readers"
local screen = require "lrrun.util.screen"
local table_text = require "lrrun.cli.table_text"

local function range_of(a)
  return a.low and ("%.6g to %.6g"):format(a.low, a.high) or ""
end

local function examples_of(a)
  local out = {}
  for i, value in ipairs(a.examples) do
    out[i] = type(value) == "number" and ("%.6g"):format(value) or value
  end
  return table.concat(out, ", ") .. (#out > 0 and a.distinct > #out and ", ..." or "")
end

local function shape_of(a)
  return #a.shape > 0 and table.concat(a.shape, " x ") or "one number"
end

-- What there is in the file: a list of { name, ... } as readers.look gives them.
local function look(path)
  local names, out = readers.archive(path), json.array {}
  for i, name in ipairs(names or { false }) do
    local ok, a = errors.try(readers.look, path, name or nil)
    if not ok and not name then
      errors.raise(nil, "%s", errors.message(a))
    elseif ok then
      a.shape, a.examples = json.array(a.shape), json.array(a.examples)
    else -- the others of an archive can be read all the same
      a = { refused = errors.message(a) }
    end
    a.name = name or path:match "[^/]*$"
    out[i] = a
  end
  return out, names ~= nil
end

--- Prints them, or gives them as --json.
---@param call table
---@param path string
return function(call, path)
  local out = call.out
  local list, archive = look(path)
  out:print("%s: %d array%s; data.npy reads %s", screen.line(path), #list, #list == 1 and "" or "s",
    archive and "them in a recipe by name (x, y)" or "it in a recipe")
  local rows = { { "array", "type", "shape", "missing", "infinite", "different", "range",
    "examples" } }
  for _, a in ipairs(list) do
    rows[#rows + 1] = not a.refused and { screen.line(a.name), a.type, shape_of(a),
      tostring(a.missing), tostring(a.infinite), (a.more and "over " or "") .. a.distinct,
      range_of(a), screen.line(examples_of(a)) } or nil
  end
  if #rows > 1 then
    table_text(out, rows)
  end
  for _, a in ipairs(list) do
    if a.refused then
      out:print("not read: %s", screen.line(a.refused))
    end
  end
  out:result { file = path, arrays = list }
  return 0
end
