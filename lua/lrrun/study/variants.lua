--- What `--with PATH=VALUE,VALUE` sets side by side: each value as an expression of the recipe
--- language. Layer: study.

local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"

local variants = {}

-- Modules whose constructors may be given without the module's name: optimizer=adam,sgd.
local MODULES = { optimizer = "optim", schedule = "schedule" }

-- Changes of depth and of being in quotes at one character.
local function after(c, depth, quote)
  if quote then
    return depth, c ~= quote and quote or nil
  elseif c == '"' or c == "'" then
    return depth, c
  elseif c:find "[%({%[]" then
    return depth + 1, nil
  end
  return c:find "[%)}%]]" and depth - 1 or depth, nil
end

-- "adam, sgd{momentum = 0.9}" at the commas that stand in no braces or quotes.
local function split(text)
  local parts, depth, from, quote = {}, 0, 1, nil
  for at = 1, #text do
    local c = text:sub(at, at)
    if c == "," and depth == 0 and not quote then
      parts[#parts + 1] = text:sub(from, at - 1)
      from = at + 1
    end
    depth, quote = after(c, depth, quote)
  end
  parts[#parts + 1] = text:sub(from)
  for i, part in ipairs(parts) do
    parts[i] = part:match "^%s*(.-)%s*$"
  end
  return parts
end

-- A constructor of a module as an expression; its name is looked up, so that a wrong one is said.
local function constructor(module, item)
  local name = item:gsub("^" .. module .. "%.", ""):match "^[%w_]+"
  local known = require("lrrun." .. module)
  if not name or type(known[name]) ~= "function" then
    local names = {}
    for each, value in pairs(known) do
      names[#names + 1] = type(value) == "function" and each or nil
    end
    table.sort(names)
    return nil, ("'%s' is none of %s's%s"):format(item, module, errors.after_hint(
      errors.hint(name or item, names), "it has " .. table.concat(names, ", ")))
  end
  local own = options.registry[module .. "." .. name].own_sizes
  if own then
    return nil, own
  end
  local text = item:find("^" .. module .. "%.") and item or module .. "." .. item
  return text:find "[%({]" and text or text .. "{}"
end

-- An optimizer with some rate, which not all have by themselves; the grid's takes its place.
local function with_rate(text)
  local name, inside = text:match "^([%w_.]+)%s*[%({]%s*{?(.-)}?%s*[%)}]$"
  return name and ("%s{lr = 1e-3, %s}"):format(name, inside) or text
end

-- One of the values, or nil and what is wrong with it.
local function expression(path, item)
  local module = MODULES[path]
  if item == "" then
    return nil, "has an empty value"
  elseif module and not item:find "%.%." then
    local text, why = constructor(module, item)
    return text and path == "optimizer" and with_rate(text) or text, why
  end
  return item
end

--- The list of { name, changes = { { path, text } } } that a text of --with says, and the path; nil
--- and what is wrong with it.
---@param text string
---@return table[]? list, string path_or_why
function variants.parse(text)
  local path, values = text:match "^%s*([%w_.]+)%s*=%s*(.-)%s*$"
  if not path or values == "" then
    return nil, ("takes a key of the recipe and its values, such as optimizer=adam,sgd or "
      .. "schedule=constant,cosine; got '%s'"):format(text)
  elseif path == "optimizer.lr" then
    return nil, "optimizer.lr is what is varied already: --from, --to and --points say how"
  end
  local list, seen = {}, {}
  for i, name in ipairs(split(values)) do
    local item, why = expression(path, name)
    if not item or seen[name] then
      return nil, why or ("has '%s' twice"):format(name)
    end
    seen[name] = true
    list[i] = { name = MODULES[path] and name or path .. "=" .. name,
      changes = { { path = path, text = item } } }
  end
  return list, path
end

return variants
