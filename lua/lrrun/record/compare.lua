--- What differs between two experiments: figures epoch by epoch, and what they were made
--- of. Layer: record.

local metrics = require "lrrun.metrics"
local sorted = require "lrrun.util.sorted"

local compare = {}

--- Two runs on different CPU kernels count as equal within these: losses, rates and norms
--- by their share, accuracies (metrics with `share`) by their difference. Differences grow with
--- every epoch: over the 20 of recipes/quickstart.lua, SkylakeX's kernels against Haswell's and
--- Nehalem's, to 0.14 %.
compare.TOLERANCE = { relative = 0.05, accuracy = 0.03 }

-- Keys of a line that say nothing about the result.
local IGNORED = { seconds = true }

-- What is reported unasked is missing in lines of versions that did not know it.
local function is_missing(key, x, y)
  local entry = (x == nil or y == nil) and metrics.by_name[key]
  return entry and entry.metric.unasked ~= nil
end

local function equal(a, b)
  return a == b or (a ~= a and b ~= b)
end

local function is_close(key, a, b)
  if type(a) ~= "number" or type(b) ~= "number" then
    return false
  end
  local entry = metrics.by_name[key]
  if entry and entry.metric.share then
    return math.abs(a - b) <= compare.TOLERANCE.accuracy * math.max(1, math.abs(a), math.abs(b))
  end
  return math.abs(a - b) <= compare.TOLERANCE.relative * math.max(math.abs(a), math.abs(b))
end

local function keys_of(a, b)
  local all = {}
  for _, t in ipairs { a, b } do
    for key in pairs(t) do
      all[key] = true
    end
  end
  return sorted.keys(all)
end

-- The first key of two trees that differs: path, value, value; and whether all that differ
-- are close.
local function first_of(a, b, path)
  local first, close = nil, true
  for _, key in ipairs(keys_of(a, b)) do
    local x, y = a[key], b[key]
    local below = path and path .. "." .. tostring(key) or tostring(key)
    if IGNORED[key] or is_missing(key, x, y) then
      x, y = nil, nil
    end
    if type(x) == "table" and type(y) == "table" then
      local inner, inner_close = first_of(x, y, below)
      first, close = first or inner, close and inner_close
    elseif not equal(x, y) then
      first = first or { key = below, a = x, b = y }
      close = close and is_close(key, x, y)
    end
  end
  return first, close
end

--- Compares the lines of two metrics.jsonl. Gives nil where they are equal; else the first
--- difference { line, epoch, key, a, b } and whether every figure is close.
---@param a table[]
---@param b table[]
function compare.metrics(a, b)
  local first, close = nil, #a == #b
  for i = 1, math.max(#a, #b) do
    local found, row_close = first_of(a[i] or {}, b[i] or {})
    if found and not first then
      first = found
      first.line, first.epoch = i, (a[i] or b[i]).epoch
    end
    close = close and row_close
  end
  return first, close
end

--- A tree as one table of paths: { ["optimizer.lr"] = 0.01 }; put into `out`, where it is given,
--- under `path`.
---@param t table?
---@param path string?
---@param out table?
function compare.flatten(t, path, out)
  out = out or {}
  for key, item in pairs(t or {}) do
    local below = path and path .. "." .. tostring(key) or tostring(key)
    if type(item) == "table" then
      compare.flatten(item, below, out)
    else
      out[below] = item
    end
  end
  return out
end

--- Every key in which two trees differ, in order: { { key, a, b }, ... }.
---@param a table?
---@param b table?
function compare.trees(a, b)
  a, b = compare.flatten(a), compare.flatten(b)
  local list = {}
  for _, key in ipairs(keys_of(a, b)) do
    if not equal(a[key], b[key]) then
      list[#list + 1] = { key = key, a = a[key], b = b[key] }
    end
  end
  return list
end

--- Every key in which some of the trees differ: { { key, values = { one for each } }, ... };
--- a value is nil where a tree has no such key.
---@param trees table[]
function compare.many(trees)
  local flat, all, list = {}, {}, {}
  for i, t in ipairs(trees) do
    flat[i] = compare.flatten(t)
    for key in pairs(flat[i]) do
      all[key] = true
    end
  end
  for _, key in ipairs(sorted.keys(all)) do
    local values, differ = {}, false
    for i = 1, #trees do
      values[i] = flat[i][key]
      differ = differ or not equal(values[i], flat[1][key])
    end
    list[#list + 1] = differ and { key = key, values = values } or nil
  end
  return list
end

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

--- The first line in which two texts differ: { line, a, b }, or nil.
function compare.texts(a, b)
  if a == b then
    return nil
  end
  local x, y = lines_of(a or ""), lines_of(b or "")
  for i = 1, math.max(#x, #y) do
    if x[i] ~= y[i] then
      return { line = i, a = x[i], b = y[i] }
    end
  end
  return nil
end

-- Data files by name, so that a missing one does not shift the others.
local function by_name(files)
  local out = {}
  for _, item in ipairs(files or {}) do
    out[item.name] = { bytes = item.bytes, sha256 = item.sha256 }
  end
  return out
end

local function add(list, what, key, a, b)
  list[#list + 1] = { what = what, key = key, a = a, b = b }
end

--- What two experiments were made of, where it differs: { { what, key, a, b }, ... }, what
--- being "recipe", "file", "settings", "run", "data", "program" or "machine".
function compare.causes(a, b)
  local list = {}
  local text = compare.texts(a.recipe.text, b.recipe.text)
  if text then
    add(list, "recipe", "line " .. text.line, text.a, text.b)
  end
  for _, name in ipairs(keys_of(a.files or {}, b.files or {})) do
    local found = compare.texts((a.files or {})[name], (b.files or {})[name])
    if found then
      add(list, "file", ("%s, line %d"):format(name, found.line), found.a, found.b)
    end
  end
  for _, what in ipairs { "settings", "run", "program", "machine" } do
    for _, d in ipairs(compare.trees(a[what], b[what])) do
      add(list, what, d.key, d.a, d.b)
    end
  end
  if a.data.fingerprint ~= b.data.fingerprint then
    add(list, "data", "contents (SHA-256)", a.data.fingerprint, b.data.fingerprint)
  end
  if a.data.files and b.data.files then
    for _, d in ipairs(compare.trees(by_name(a.data.files), by_name(b.data.files))) do
      add(list, "data", d.key, d.a, d.b)
    end
  end
  return list
end

return compare
