-- Golden cases of kind "probe": the largest curvature of a loss and the noise of its gradient
-- against PyTorch's autograd, within rtol. See make_probe.py for what samples and weights are.

local nn = require "lrrun.nn"
local data = require "lrrun.data"
local optim = require "lrrun.optim"
local prepare = require "lrrun.train.prepare"
local probe = require "lrrun.train.probe"
local recipe = require("lrrun.recipe").new
local resolve = require "lrrun.recipe.resolve"

local golden = {}

local function sines(n, start, scale)
  local out = {}
  for i = 1, n do
    out[i] = scale * math.sin(78.233 * i + 12.9898 * start)
  end
  return out
end

-- Rows of `width` numbers.
local function rows(list, width)
  local out = {}
  for i = 1, #list // width do
    out[i] = table.move(list, (i - 1) * width + 1, i * width, 1, {})
  end
  return out
end

local function dataset_of(case)
  local width = 1
  for _, d in ipairs(case.shape) do
    width = width * d
  end
  local y = {}
  if case.classes then
    for i = 1, case.n do
      y[i] = (i - 1) * 7 % case.classes
    end
  else
    y = rows(sines(case.n * case.targets, 99, 2), case.targets)
  end
  local x = rows(sines(case.n * width, 0, 1.5), width)
  if #case.shape == 2 then -- steps
    for i, row in ipairs(x) do
      x[i] = rows(row, case.shape[2])
    end
  end
  return data.table { x = x, y = y, shape = #case.shape ~= 2 and case.shape or nil,
    batch = case.n, shuffle = false, normalize = false, target_scale = false }
end

local function fill(graph)
  for k, segment in ipairs((graph:segments())) do
    local n, fan = 1, 1
    for i, d in ipairs(segment.shape) do
      n, fan = n * d, i > 1 and fan * d or 1
    end
    fan = #segment.shape > 1 and fan or 4
    local values = sines(n, k, 1.6 / math.sqrt(fan))
    for i = 1, #segment.shape == 1 and n or 0 do
      values[i] = values[i] + 0.1
    end
    graph:block("params", segment.at, segment.shape):set(values)
  end
end

local function near(case, name, want, got)
  local is_near = math.abs(got - want) <= case.rtol * math.abs(want) -- false of NaN
  if not is_near then
    error(("%s is %.9g, want %.9g"):format(name, got, want), 0)
  end
end

local function value_of(text)
  return assert(load("return " .. text, "case", "t", { nn = nn, optim = optim }))()
end

--- Runs a case; raises where a figure is off.
function golden.run(case)
  local r = recipe { data = dataset_of(case), model = value_of(case.expr),
    loss = value_of(case.loss), optimizer = value_of(case.optimizer), steps = case.updates + 1 }
  local run <close> = prepare.run(resolve.for_run(r), {})
  fill(run.model.graph)
  for _ = 1, case.updates do
    run.session:step()
  end
  local p = probe.new(run, { samples = case.n })
  local found = p:sharpness()
  near(case, "sharpness", case.sharpness, found.value)
  if found.error > 0.01 * found.value then
    error(("its error is said to be %g of %g"):format(found.error, found.value), 0)
  end
  local limit = p:limit()
  near(case, "factor", case.factor or 2, limit.factor)
  near(case, "limit", (case.factor or 2) / (case.preconditioned or case.sharpness), limit.limit)
  local noise = p:noise()
  near(case, "signal", case.noise.signal, noise.signal)
  near(case, "noise", case.noise.noise, noise.noise)
  p:close()
  return true
end

return golden
