--- Dimensions as Optuna describes them, and points as its journal holds them: numbers as
--- they are, choices by their place from 0. Layer: study.

local distribution = {}

local function number(x)
  return ("%.17g"):format(x):gsub("^(%-?%d+)$", "%1.0")
end

local function plain(x)
  return ("%d"):format(x)
end

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    return ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function choices(dim)
  local items = {}
  for i, choice in ipairs(dim.dim.opts.choices) do
    local kind = type(choice)
    items[i] = kind == "boolean" and tostring(choice)
      or math.type(choice) == "integer" and plain(choice)
      or kind == "number" and number(choice) or quote(dim.labels[i])
  end
  return table.concat(items, ", ")
end

--- The JSON text of a dimension of lrrun.search.space.
---@param dim { dim: table, labels: string[]? }
function distribution.text(dim)
  local kind, o = dim.dim.kind, dim.dim.opts
  if kind == "search.choice" then
    return ('{"name": "CategoricalDistribution", "attributes": {"choices": [%s]}}'):format(
      choices(dim))
  elseif kind == "search.int" or kind == "search.logint" then
    local log, step = kind == "search.logint", o.step or 1
    return ('{"name": "IntDistribution", "attributes": {"log": %s, "step": %d, "low": %d, '
      .. '"high": %d}}'):format(log, step, o.lo, o.lo + (o.hi - o.lo) // step * step)
  end
  return ('{"name": "FloatDistribution", "attributes": {"step": %s, "low": %s, "high": %s, '
    .. '"log": %s}}'):format(o.step and number(o.step) or "null", number(o.lo), number(o.hi),
    kind == "search.loguniform")
end

--- params and distributions of a CREATE_TRIAL line.
---@param space table of lrrun.search.space
---@param point any[]
function distribution.fields(space, point)
  local params, texts = {}, {}
  for i, dim in ipairs(space.dims) do
    if point[i] then
      params[dim.name] = dim.labels and point[i] - 1 or point[i]
      texts[dim.name] = distribution.text(dim)
    end
  end
  return params, texts
end

--- The point that such params are of.
---@param space table
---@param params table<string, number>
function distribution.point(space, params)
  local point = {}
  for i, dim in ipairs(space.dims) do
    local value = params[dim.name]
    if value == nil then
      point[i] = false
    elseif dim.labels then
      point[i] = math.tointeger(value) + 1
    elseif dim.dim.kind == "search.int" or dim.dim.kind == "search.logint" then
      point[i] = math.tointeger(value)
    else
      point[i] = value
    end
  end
  return point
end

return distribution
