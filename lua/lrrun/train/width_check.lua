--- Coordinate check: how the sizes of activations, and what updates change of them, go with the
--- network's width. What grows blows up in wide networks; what vanishes does not learn there.
---
--- A size goes with width as a power of it: `growth` is the exponent, by least squares over the
--- widths. Layer: train.

local coordinates = require "lrrun.train.coordinates"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local resolve = require "lrrun.recipe.resolve"
local script = require "lrrun.recipe.script"
local sorted = require "lrrun.util.sorted"

local width_check = {
  --- Exponents up to this say nothing: seeds and finite widths make as much.
  FLAT = 0.25,
}

local log2 = function(x)
  return math.log(x, 2)
end

-- A value of the base so many times as wide, as --set has it.
local function text_of(name, value, times)
  local wide = value * times
  if math.type(wide) == "float" and math.type(value) == "integer" then
    errors.raise(nil, "coord: --widths %g makes %s = %g of %d: want a whole number", times, name,
      wide, value)
  end
  return math.type(wide) == "integer" and ("%d"):format(wide) or ("%.17g"):format(wide)
end

-- The request of a network so many times as wide as the base.
local function request_of(base, times)
  local now = current.request()
  local list = table.move(now.overrides, 1, #now.overrides, 1, {})
  for name, value in sorted.pairs(base) do
    if type(value) == "number" then
      list[#list + 1] = { path = name, text = text_of(name, value, times) }
    end
  end
  return now:with { overrides = list }
end

-- The recipe as its script gives it at a width.
local function at_width(base, times, f)
  local now = current.request()
  return current.with({ request = request_of(base, times), script = script.new() }, function()
    return f(resolve.again(now.recipe_path, { text = now.recipe_text, seed = now.seed,
      args = now.args, folder = now.recipe_dir }))
  end)
end

local function check_same(layers, before, times)
  for i, layer in ipairs(before or {}) do
    if not layers[i] or layers[i].name ~= layer.name or #layers ~= #before then
      errors.raise(nil, "coord: the network %g times as wide has other layers (%s in the place of "
        .. "%s): only widths may differ", times, layers[i] and layers[i].name or "none", layer.name)
    end
  end
end

-- Exponent of a power law through the points; nil where one of them is 0 or not finite.
local function exponent(times, values)
  local n, sx, sy, sxx, sxy = #times, 0, 0, 0, 0
  for i, x in ipairs(times) do
    local y = values[i]
    if not (y > 0 and y < math.huge) then
      return nil
    end
    x, y = log2(x), log2(y)
    sx, sy, sxx, sxy = sx + x, sy + y, sxx + x * x, sxy + x * y
  end
  return (n * sxy - sx * sy) / (n * sxx - sx * sx)
end

local function is_finite(values)
  for _, x in ipairs(values) do
    if x ~= x or x == math.huge then
      return false
    end
  end
  return true
end

-- What a layer's figures at the end come to: "flat", "grows", "vanishes", "not finite", and by what
-- ("activations", "updates"). Activations of outputs may begin near 0 in wide networks, as they do
-- in mup's: what updates change of them counts alone.
local function verdict_of(layer)
  if not is_finite(layer.last) then
    return "not finite", "activations"
  end
  for _, kind in ipairs { "activations", "updates" } do
    local growth = layer.growth[kind]
    if growth and growth > width_check.FLAT then
      return "grows", kind
    elseif growth and growth < -width_check.FLAT and (kind == "updates" or not layer.is_output) then
      return "vanishes", kind
    end
  end
  return "flat"
end

-- Adds a seed's figures at the width in place `at` to the sums.
local function add(sums, layers, at, share)
  for i, layer in ipairs(layers) do
    local sum = sums[i]
    for step, size in ipairs(layer.sizes) do
      sum.sizes[step] = sum.sizes[step] or {}
      sum.changes[step] = sum.changes[step] or {}
      sum.sizes[step][at] = (sum.sizes[step][at] or 0) + share * size
      sum.changes[step][at] = (sum.changes[step][at] or 0) + share * layer.changes[step]
    end
  end
end

local function begin(layers)
  local sums = {}
  for i, layer in ipairs(layers) do
    sums[i] = { name = layer.name, kind = layer.kind, is_output = i == #layers, sizes = {},
      changes = {} }
  end
  return sums
end

-- The figures of a layer over the widths, and what they come to.
local function finish(times, layer)
  local steps = #layer.sizes
  layer.first, layer.last, layer.moved = layer.sizes[1], layer.sizes[steps], layer.changes[steps]
  layer.growth = { start = exponent(times, layer.first), activations = exponent(times, layer.last),
    updates = exponent(times, layer.moved) }
  layer.verdict, layer.of = verdict_of(layer)
end

--- Measures a recipe at several widths: { widths, steps, seeds, lr, layers = list of { name, kind,
--- sizes, changes = of each step the means over seeds at each width, first, last, moved = those of
--- the start and the end, growth = { start, activations, updates }, verdict, of, is_output } }, in
--- the order of the network.
-- o: base = option or key -> value; widths = list of multiples of it; steps, seeds; rate =
-- function(r): its peak rate; tell = function(times, seed).
---@param o table
---@return table
function width_check.of(o)
  local sums, dataset, lr, layers
  local request = current.request()
  for at, times in ipairs(o.widths) do
    at_width(o.base, times, function(r)
      lr = o.rate(r)
      for seed = 0, o.seeds - 1 do
        o.tell(times, seed)
        layers, dataset = coordinates.of(r, { data_dir = request.data_dir,
          recipe_dir = request.recipe_dir, threads = request.threads, dataset = dataset },
          { lr = lr, steps = o.steps, seed = r.opts.seed + seed })
        check_same(layers, sums, times)
        sums = sums or begin(layers)
        add(sums, layers, at, 1 / o.seeds)
      end
    end)
  end
  for _, layer in ipairs(sums) do
    finish(o.widths, layer)
  end
  return { widths = o.widths, steps = o.steps, seeds = o.seeds, lr = lr, layers = sums }
end

return width_check
