--- Dimensions of a study as its journal describes them (distribution.lua), in the form that
--- lrrun.search.space gives, for whoever looks at a study without its recipe. Layer: study.

local json = require "lrrun.record.json"
local schema = require "lrrun.record.schema"

local described = {}

local LONGEST, MOST = 4096, 100000 -- bytes of a choice, choices

local FLOAT = schema.record {
  open = true,
  keys = { { "low", "number", required = true }, { "high", "number", required = true },
    { "log", "boolean", default = false } },
  check = function(o, fail)
    if o.low > o.high then
      fail("low", "is %s, above 'high' %s", o.low, o.high)
    elseif o.log and o.low <= 0 then
      fail("low", "is %s; a logarithmic dimension begins above 0", o.low)
    end
  end,
}
local CHOICES = schema.record {
  open = true,
  keys = { { "choices", "list", most = MOST, required = true,
    of = { nil, { "text", "real", "boolean" }, longest = LONGEST } } },
}
local FORMS = {
  FloatDistribution = { uniform = "search.uniform", log = "search.loguniform", is = FLOAT },
  IntDistribution = { uniform = "search.int", log = "search.logint", is = FLOAT },
  CategoricalDistribution = { is = CHOICES },
}

-- Choices that are called the same are told apart, as those of a recipe are.
local function labels_of(choices)
  local labels, seen = {}, {}
  for i, value in ipairs(choices) do
    local label = math.type(value) == "float" and json.number(value) or tostring(value)
    seen[label] = (seen[label] or 0) + 1
    labels[i] = seen[label] > 1 and label .. "#" .. seen[label] or label
  end
  return labels
end

-- A dimension from its text, or nil and what is wrong with it.
local function decode(name, text)
  local ok, value = pcall(json.decode, text)
  local form = ok and type(value) == "table" and FORMS[value.name]
  if not form then
    return nil, "is no distribution that lrrun writes"
  end
  local o, why = form.is:try(value.attributes)
  if not o then
    return nil, why
  elseif form.is == CHOICES then
    return { name = name, labels = labels_of(o.choices),
      dim = { kind = "search.choice", opts = { choices = o.choices } } }
  end
  return { name = name,
    dim = { kind = o.log and form.log or form.uniform, opts = { lo = o.low, hi = o.high } } }
end

-- What the native space checks: numbers in their ranges, choices that there are.
local function check(dims, point)
  for i, dim in ipairs(dims) do
    local x, o = point[i], dim.dim.opts
    local low, high = o.lo or 1, o.hi or #(dim.labels or {})
    if x == nil or x and not (x >= low and x <= high) then
      error("out of range", 0)
    end
  end
end

-- Name -> value of what is active in a point; a choice that is no plain value is what it is called.
local function params_of(dims, point)
  local params = {}
  for i, dim in ipairs(dims) do
    local value = point[i]
    if value and dim.labels then
      local choice = dim.dim.opts.choices[value]
      params[dim.name] = type(choice) == "string" and dim.labels[value] or choice
    elseif value then
      params[dim.name] = value
    end
  end
  return params
end

--- The space of all dimensions that entries of a journal describe: dims = list of { name, dim =
--- { kind, opts }, labels } in the order of their names, place, native = what checks a point,
--- params(point); and what is wrong with descriptions, a text each.
---@param entries { distributions: table<string, string>? }[]
---@return table space
---@return string[] faults
function described.space(entries)
  local dims, place, seen, faults = {}, {}, {}, {}
  for _, entry in ipairs(entries) do
    for name, text in pairs(entry.distributions or {}) do
      if not seen[name] then
        local dim, why = decode(name, text)
        seen[name], dims[#dims + 1] = true, dim
        faults[#faults + 1] = not dim and ("dimension '%s' %s"):format(name, why) or nil
      end
    end
  end
  table.sort(dims, function(a, b)
    return a.name < b.name
  end)
  table.sort(faults)
  for i, dim in ipairs(dims) do
    place[dim.name] = i
  end
  return {
    dims = dims, place = place,
    native = { check = function(_, point)
      check(dims, point)
    end },
    params = function(_, point)
      return params_of(dims, point)
    end,
  }, faults
end

return described
