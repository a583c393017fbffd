--- What runs say of the loss over log rate: a Gaussian process whose fidelity is the length of the
--- run.
--
-- Over x = log10 of the rate, at a share s of the whole length, excess(x, s) = level(s) +
-- f(x + shift * log10 s, s) + noise: runs squeezed to a share rank rates as whole ones do, but
-- their best rate lies higher. Towards low rates the loss depends on rate times length (shift 1),
-- where noise or instability bound the rate from above it does not depend on the length (shift 0);
-- measured best rates lie anywhere between (tests/bench/advice). So the process is averaged over
-- shifts, widths and noises, each weighted by its likelihood (tempered: the low rates, of which
-- there are many, would otherwise decide on a shift that is not theirs near the best) and a prior.
--
-- Where runs diverge does not depend on the length either: these have no shift.
--
-- Cov f = AMP^2 (1 + r + r^2/3) exp(-r) exp(-DRIFT |log10 s - log10 s'|), r = sqrt(5) |dx| / width:
-- Matern 5/2 (Rasmussen and Williams 2006, section 4.2.1) whose form changes slowly with the
-- length (a fidelity kernel as in Swersky, Snoek and Adams, NIPS 2013).
-- Points are { x =, share =, seed =, loss = nil where the run diverged }. Layer: advise.

local process = {}

local CAP = 0.6 -- excess from which a rate is only bad: a loss 1.5 times the best counts 0.3
process.CAP = CAP
local AMP, DRIFT = 0.35, 0.05
local LEVEL, SEED = 1, 0.15 -- deviations of the levels of shares, and of seeds within a share
local SHIFTS, SHIFT, SHIFT_SD = { 0, 0.25, 0.5, 0.75, 1 }, 0.5, 0.3
local WIDTHS = { 0.4, 0.6, 1 } -- decades
local NOISES, NOISE = { 0.01, 0.03, 0.09 }, 0.02 -- log-normal prior, deviation a factor e
local TEMPER = 0.3
local RARE = 0.02 -- weight below which a hypothesis is left out
local STEP, MARGIN = 0.05, 1 -- of the grid: decades between its rates, and beyond the points

local abs, exp, log, max, min, sqrt = math.abs, math.exp, math.log, math.max, math.min, math.sqrt
local LOG10 = log(10)

local function matern(distance, width)
  local r = sqrt(5) * abs(distance) / width
  return (1 + r + r * r / 3) * exp(-r)
end

--- Losses as what can be compared over tasks: for positive ones log(loss); where a loss is 0 or
--- less (an accuracy turned round) loss / scale, by twice the median's excess over the best.
---@param points table[]
---@return fun(loss: number): number to, fun(value: number): number from
function process.measure(points)
  local losses = {}
  for _, p in ipairs(points) do
    losses[#losses + 1] = p.loss
  end
  table.sort(losses)
  if losses[1] and losses[1] > 0 then
    return log, exp
  end
  local least, middle = losses[1] or 0, losses[(#losses + 1) // 2] or 0
  local scale = max(2 * (middle - least), 1e-3 * abs(least), 1e-12)
  return function(loss)
    return loss / scale
  end, function(value)
    return value * scale
  end
end

--- The lowest value of `to` at each share, among runs that did not diverge.
---@return table<number, number>
function process.levels(points, to)
  local levels = {}
  for _, p in ipairs(points) do
    if p.loss then
      levels[p.share] = min(levels[p.share] or math.huge, to(p.loss))
    end
  end
  return levels
end

--- Results of jobs as points; those that failed for another reason say nothing of the rate, and
--- neither do those on samples of their own, whose level no other has.
---@param results table[] as policy.take has them
---@return table[]
function process.points(results)
  local points = {}
  for _, r in ipairs(results) do
    local known = r.state == "diverged" or r.state == "complete" and r.loss
    if known and not r.own_split and r.lr > 0 then
      points[#points + 1] = { x = log(r.lr) / LOG10, share = r.share, seed = r.seed,
        loss = r.state == "complete" and r.loss or nil }
    end
  end
  return points
end

local REACH, CLIFF = 0.45, 0.15

--- Between which rates a best one is looked for, log10: a little beyond what was tried, and below
--- what diverged.
---@param points table[] at least one
---@return number low, number high, number cliff the lowest that diverged; infinity where none did
function process.limits(points)
  local low, high, cliff = math.huge, -math.huge, math.huge
  for _, p in ipairs(points) do
    low, high = min(low, p.x), max(high, p.x)
    cliff = p.loss and cliff or min(cliff, p.x)
  end
  return low - REACH, min(high + REACH, cliff - CLIFF), cliff
end

-- Excess of each point over the best of its share, bent so that it ends at CAP; 0 in the middle.
local function excesses(points)
  local to = process.measure(points)
  local levels, z = process.levels(points, to), {}
  for i, p in ipairs(points) do
    z[i] = (p.loss and CAP * (1 - exp(-(to(p.loss) - levels[p.share]) / CAP)) or CAP) - CAP / 2
  end
  return z
end

--- How far above the best, in the units of `measure`, an excess is.
---@param excess number above the best
---@return number
function process.unbend(excess)
  return -CAP * log(1 - min(max(excess, 0), 0.95 * CAP) / CAP)
end

-- Lower factor l of the matrix whose lower half is in k, in its place.
local function factor(k, n)
  for i = 1, n do
    local row = k[i]
    for j = 1, i do
      local other, sum = k[j], row[j]
      for m = 1, j - 1 do
        sum = sum - row[m] * other[m]
      end
      row[j] = i == j and sqrt(max(sum, 1e-12)) or sum / other[j]
    end
  end
end

-- v with l v = b.
local function forward(l, b, n)
  local v = {}
  for i = 1, n do
    local row, sum = l[i], b[i]
    for j = 1, i - 1 do
      sum = sum - row[j] * v[j]
    end
    v[i] = sum / row[i]
  end
  return v
end

-- w with l' w = v.
local function backward(l, v, n)
  local w = {}
  for i = n, 1, -1 do
    local sum = v[i]
    for j = i + 1, n do
      sum = sum - l[j][i] * w[j]
    end
    w[i] = sum / l[i][i]
  end
  return w
end

-- Covariances that do not depend on what is averaged over: of levels, and the loss of likeness
-- between lengths.
local function fixed(points)
  local block, drift = {}, {}
  for i, a in ipairs(points) do
    block[i], drift[i] = {}, {}
    for j = 1, i do
      local b = points[j]
      local same = a.share == b.share
      block[i][j] = not same and 0 or LEVEL ^ 2 + (a.seed == b.seed and SEED ^ 2 or 0)
      drift[i][j] = AMP ^ 2 * exp(-DRIFT * abs(log(a.share / b.share)) / LOG10)
    end
  end
  return block, drift
end

local function shifted(points, shift)
  local u = {}
  for i, p in ipairs(points) do
    u[i] = p.x + (p.loss and shift or 0) * log(p.share) / LOG10
  end
  return u
end

-- One hypothesis: { width, noise, shift, u, l = factor, v = l^-1 z, score }, at the points.
local function hypothesis(h, z, block, drift)
  local n, u = #z, h.u
  local k = {}
  for i = 1, n do
    local row, b, d = {}, block[i], drift[i]
    for j = 1, i do
      row[j] = b[j] + d[j] * matern(u[i] - u[j], h.width)
    end
    row[i] = row[i] + h.noise ^ 2
    k[i] = row
  end
  factor(k, n)
  h.l, h.v = k, forward(k, z, n)
  local fit = 0
  for i = 1, n do
    fit = fit - h.v[i] ^ 2 / 2 - log(k[i][i])
  end
  h.score = TEMPER * fit - ((h.shift - SHIFT) / SHIFT_SD) ^ 2 / 2 - log(h.noise / NOISE) ^ 2 / 2
  return h
end

-- Hypotheses that matter, with weights of sum 1.
local function weigh(list)
  local top, sum, kept, total = -math.huge, 0, {}, 0
  for _, h in ipairs(list) do
    top = max(top, h.score)
  end
  for _, h in ipairs(list) do
    h.weight = exp(h.score - top)
    sum = sum + h.weight
  end
  for _, h in ipairs(list) do
    if h.weight > RARE * sum then
      kept[#kept + 1], total = h, total + h.weight
    end
  end
  for _, h in ipairs(kept) do
    h.weight = h.weight / total
  end
  return kept
end

local function grid_over(points)
  local low, high = math.huge, -math.huge
  for _, p in ipairs(points) do
    low, high = min(low, p.x), max(high, p.x)
  end
  local grid = {}
  for i = math.floor((low - MARGIN) / STEP), math.ceil((high + MARGIN) / STEP) do
    grid[#grid + 1] = i * STEP
  end
  return grid
end

-- Covariances of whole runs at rate x with the points, in hypothesis h.
local function covariances(h, x)
  local b = {}
  for j, like in ipairs(h.like) do
    b[j] = like * matern(x - h.u[j], h.width)
  end
  return b
end

-- The mean of whole runs at each rate of the grid.
local function predict(h, points, grid)
  local n = #points
  h.like, h.mean, h.through = {}, {}, {}
  for j, p in ipairs(points) do
    h.like[j] = AMP ^ 2 * exp(-DRIFT * abs(log(p.share)) / LOG10)
  end
  local alpha = backward(h.l, h.v, n)
  for g, x in ipairs(grid) do
    local b, sum = covariances(h, x), 0
    for j = 1, n do
      sum = sum + b[j] * alpha[j]
    end
    h.mean[g] = sum
  end
end

-- l^-1 of the covariances at place g.
local function through(h, grid, g)
  if not h.through[g] then
    h.through[g] = forward(h.l, covariances(h, grid[g]), #h.u)
  end
  return h.through[g]
end

local Fit = {}
Fit.__index = Fit

--- Where in the grid x is.
---@param x number
---@return integer
function Fit:index(x)
  local i = math.floor((x - self.grid[1]) / STEP + 1.5)
  return max(1, min(#self.grid, i))
end

--- Standard deviation of f(x_g) - f(x_i).
---@param g integer place in the grid
---@param i integer place in the grid
---@return number
function Fit:deviation(g, i)
  local grid, second, first = self.grid, 0, self.mean[g] - self.mean[i]
  for _, h in ipairs(self.hypotheses) do
    local a, b, gone = through(h, grid, g), through(h, grid, i), 0
    for j = 1, #a do
      gone = gone + (a[j] - b[j]) ^ 2
    end
    local var = 2 * AMP ^ 2 * (1 - matern(grid[g] - grid[i], h.width)) - gone
    second = second + h.weight * (max(var, 0) + (h.mean[g] - h.mean[i]) ^ 2)
  end
  return sqrt(max(second - first ^ 2, 0))
end

-- The mean as a rate has it that is met only nearly: a cliff reaches a little further down.
local BLUR = 0.1 -- decades

local function blurred(mean)
  local out, n, reach = {}, #mean, math.floor(3 * BLUR / STEP + 0.5)
  for g = 1, n do
    local sum, total = 0, 0
    for d = -reach, reach do
      local w = exp(-(d * STEP / BLUR) ^ 2 / 2)
      sum, total = sum + w * mean[max(1, min(n, g + d))], total + w
    end
    out[g] = sum / total
  end
  return out
end

--- Place of the lowest expected excess between two rates: what is a little off costs less
--- on the side where the curve is flatter, so the mean is blurred first.
---@param low number log10 of the rate
---@param high number
---@return integer
function Fit:lowest(low, high)
  local best
  for g = self:index(low), self:index(high) do
    if not best or self.expected[g] < self.expected[best] then
      best = g
    end
  end
  return best or self:index(high)
end

--- The process given runs: { grid = log10 of rates, mean, expected = the mean blurred: excesses of
--- whole runs at them, noise, shift }.
---@param points { x: number, share: number, seed: integer, loss: number? }[] at least one
---@return table
function process.fit(points)
  local z, block, drift = excesses(points), fixed(points)
  local list = {}
  for _, shift in ipairs(SHIFTS) do
    local u = shifted(points, shift)
    for _, width in ipairs(WIDTHS) do
      for _, noise in ipairs(NOISES) do
        list[#list + 1] = hypothesis({ width = width, noise = noise, shift = shift, u = u }, z,
          block, drift)
      end
    end
  end
  local fit = setmetatable({ grid = grid_over(points), mean = {}, noise = 0, shift = 0,
    hypotheses = weigh(list) }, Fit)
  for _, h in ipairs(fit.hypotheses) do
    predict(h, points, fit.grid)
    fit.noise, fit.shift = fit.noise + h.weight * h.noise, fit.shift + h.weight * h.shift
  end
  for g = 1, #fit.grid do
    fit.mean[g] = 0
    for _, h in ipairs(fit.hypotheses) do
      fit.mean[g] = fit.mean[g] + h.weight * h.mean[g]
    end
  end
  fit.expected = blurred(fit.mean)
  return fit
end

return process
