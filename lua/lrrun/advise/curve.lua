--- What follows from the jobs of policy.lua: a rate, an interval, and what to expect there.
--
-- curve.answer(state) -> { suggestion, interval = { low, high }, expected, third =, triple = the
-- expected loss at a third and at three times the rate, spread = how far seeds lie apart where that
-- is known (else 2.5 % or the noise about the curve are taken for it), flat = whether a factor of
-- ten in the rate is known to change less than they do, unresolved = { low, high, points, seeds,
-- runs, difference } where the trainings cannot tell rates a factor of ten apart from the
-- suggestion (resolution.lua), with the whole runs that would,
-- curve = list of { lr, loss }, points = the results, warnings = list of texts, warn(lr, rates) =
-- those at another rate, where these were tried too }; nil and why where none gave a loss. Expected
-- losses are of whole runs.
--
-- The suggestion is the rate of the lowest expected loss (process.lua), at some distance from
-- the lowest rate that diverged. The interval is where the process cannot tell rates from it, and
-- all of a flat part: on the tasks of tests/bench/advice it holds the true best rate in about 90 of
-- 100 cases, with a budget of one run in 80.
-- Layer: advise.

local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local process = require "lrrun.advise.process"
local resolution = require "lrrun.advise.resolution"

local curve = {}

local SAFE = 0.002 -- excess that is given for a rate further from where runs diverge
local CLIFF = 0.3 -- decades below the lowest rate that diverged
local FEW = 0.02 -- an excess that nobody would notice; in units of process.measure, about 2 %
local FEWEST = 3 -- losses that tell how far seeds lie apart
local LITTLE = 0.025 -- what they are taken to change where that is not known
-- While the loss still falls steeply, as in short repeats, seeds lie further apart than at the end
-- of a run: of what exceeds MUCH a part counts.
local MUCH, PART = 0.1, 0.6
local LIKE = 1.2 -- spreads that a decade may change where it is called flat
-- Of what seeds change of a run that has all but learned its data (losses of 1e-5 and 0.2), no
-- more: about 2.3 times the loss. Above it excesses are bent, up to rates that learn nothing.
local MOST = process.unbend(0.75 * process.CAP)
local DOUBT = 0.2 -- deviations of the process that belong to the interval beside it
-- Decades on each side of the suggestion that always belong to the interval, and so many more for
-- each decade by which the longest runs are shorter than whole ones.
local LEAST, AFAR = 0.3, 0.1
-- Of what the two longest shares gain by a doubling, what whole runs gain by each further one, for
-- one and for each more of them: gains end where noise or over-fitting begins, and the lowest of
-- some losses is lower than what its rate gives.
local GAIN, MORE = 0.2, 0.1
local EDGE = 0.2 -- decades within which the lowest rate that was tried is the answer
local DECADE = 0.5 -- above the rates that may be best, for the picture

local max, min = math.max, math.min

local function log10(x)
  return math.log(x, 10)
end

local function round(x)
  return tonumber(("%.3g"):format(10 ^ x))
end

-- Level of the best loss of whole runs, in units of `to`: that of the whole runs where there are
-- some, else what the two longest shares lead to.
local function level_of_whole(levels)
  local shares = {}
  for share in pairs(levels) do
    shares[#shares + 1] = share
  end
  table.sort(shares)
  local last, before = shares[#shares], shares[#shares - 1]
  if last == 1 or not before then
    return levels[last]
  end
  local doublings = -math.log(last, 2)
  local gain = min(0, levels[last] - levels[before]) / math.log(last / before, 2)
  return levels[last] + (GAIN + MORE * (doublings - 1)) * gain * doublings
end

-- Decades on each side that always belong to the interval.
local function least_of(levels)
  local longest = 0
  for share in pairs(levels) do
    longest = max(longest, share)
  end
  return LEAST - AFAR * log10(longest)
end

-- How far seeds lie apart, all that they change changed: the deviation over the repeats with splits
-- of their own and the job that they repeat. Nil where there are not FEWEST.
local function spread_of(results, to)
  local list, repeated = {}, nil
  for _, r in ipairs(results) do
    repeated = r.own_split and r or repeated
  end
  for _, r in ipairs(repeated and results or {}) do
    if r.loss and r.lr == repeated.lr and r.share == repeated.share
      and (r.own_split or r.seed == 0) then
      list[#list + 1] = to(r.loss)
    end
  end
  if #list < FEWEST then
    return nil
  end
  local mean, square = 0, 0
  for _, v in ipairs(list) do
    mean = mean + v / #list
  end
  for _, v in ipairs(list) do
    square = square + (v - mean) ^ 2
  end
  return math.sqrt(square / (#list - 1))
end

-- The lowest rate next to `at` that is expected to do as well but for SAFE.
local function cautious(fit, at)
  local g = at
  while g > 1 and fit.expected[g - 1] - fit.expected[at] <= SAFE do
    g = g - 1
  end
  return g
end

-- First and last place around `at` where the process may be as low.
local function band(fit, at)
  local few = max(FEW, fit.noise)
  local function fits(g)
    return fit.mean[g] and fit.mean[g] - fit.mean[at] <= DOUBT * fit:deviation(g, at) + few
  end
  local first, last = at, at
  while fits(first - 1) do
    first = first - 1
  end
  while fits(last + 1) do
    last = last + 1
  end
  return first, last
end

-- What is taken for the spread of seeds at the end of a run.
local function little_of(spread, noise)
  local little = max(spread or max(noise, LITTLE), SAFE)
  return min(MOST, LIKE * (little <= MUCH and little or max(MUCH, PART * little)))
end

-- First and last place around `at`, among those from low to high, that are less than `little`
-- above it, where they are a factor of ten apart; else nil.
local function flat_part(fit, at, little, low, high)
  local first, last = at, at
  local function is_low(g)
    return process.unbend(fit.mean[g] - fit.mean[at]) < little
  end
  while first > low and is_low(first - 1) do
    first = first - 1
  end
  while last < high and is_low(last + 1) do
    last = last + 1
  end
  if fit.grid[last] - fit.grid[first] >= 1 then
    return first, last
  end
  return nil
end

-- Lowest and highest of the rates that gave a loss, log10.
local function tried_range(points, rates)
  local low, high = math.huge, -math.huge
  for _, lr in ipairs(rates or {}) do
    low, high = min(low, log10(lr)), max(high, log10(lr))
  end
  for _, p in ipairs(points) do
    if p.loss then
      low, high = min(low, p.x), max(high, p.x)
    end
  end
  return low, high
end

-- What cannot be told apart, as rates; nil where all can. A difference is worth telling that other
-- seeds do not make.
local function unresolved_of(fit, at, points, high, spread)
  local first, last = tried_range(points)
  local little = max(FEW, fit.noise, spread or LITTLE)
  local found = resolution.of(fit, at, min(at, fit:index(first)),
    max(at, fit:index(min(last, high))), little)
  return found and { low = round(fit.grid[found.first]), high = round(fit.grid[found.last]),
    points = found.points, seeds = found.seeds, runs = found.runs, difference = little }
end

-- What the trainings cost beyond the budget: those of a short run cannot be cut much.
local function overspent(state)
  local o = state.o
  return o and state.spent > 1.05 * o.budget and ("the trainings cost %.2g runs, more than the "
    .. "budget left for them (%.2g): of %d updates, fewer tell no rates apart"):format(state.spent,
    o.budget, o.length) or nil
end

local function warnings_of(points, x, cliff, state, rates)
  local list = { overspent(state) }
  local low, high = tried_range(points, rates)
  if x <= low + EDGE then
    list[#list + 1] = ("the best of what was tried is the lowest rate, %.3g: lower ones may do "
      .. "better; a larger budget looks there"):format(10 ^ low)
  elseif x >= high - 1e-9 and cliff == math.huge then
    list[#list + 1] = ("the best of what was tried is the highest rate, %.3g: higher ones may do "
      .. "better; a larger budget looks there"):format(10 ^ high)
  end
  if cliff - x < 1 then
    list[#list + 1] = ("runs diverge from about %.3g on"):format(10 ^ cliff)
  end
  return list
end

-- Why there is no answer.
local function nothing(points)
  local _, _, cliff = process.limits(points)
  return #points == 0 and "no run gave a loss"
    or ("every run diverged, down to a rate of %.3g; a run (%s) says what was not finite "
      .. "first, and what may help"):format(10 ^ cliff,
      command.line((current.request() or {}).recipe_path or "RECIPE"))
end

--- The answer; see above.
---@param state table of policy.lua
---@return table? answer, string? why
function curve.answer(state)
  local points = process.points(state.results)
  local to, from = process.measure(points)
  local levels = process.levels(points, to)
  if not next(levels) then
    return nil, nothing(points)
  end
  local fit = process.fit(points)
  local low, high, cliff = process.limits(points)
  local at = fit:lowest(low, high)
  at = cautious(fit, at)
  local x = min(fit.grid[at], cliff - CLIFF)
  at = fit:index(x)
  local level = level_of_whole(levels)
  local function loss_at(g)
    return from(level + process.unbend(fit.mean[g] - fit.mean[at]))
  end
  local spread = spread_of(state.results, to)
  local first, last = band(fit, at)
  local lowest, highest = flat_part(fit, at, little_of(spread, fit.noise), fit:index(low),
    fit:index(high))
  first, last = min(first, lowest or first), max(last, highest or last)
  local least = least_of(levels)
  local out = {
    suggestion = round(x), expected = from(level),
    third = loss_at(fit:index(x - log10(3))), triple = loss_at(fit:index(x + log10(3))),
    interval = { low = round(min(fit.grid[first], x - least)),
      high = round(max(fit.grid[last], x + least)) },
    flat = lowest ~= nil and spread ~= nil,
    spread = spread,
    unresolved = unresolved_of(fit, at, points, high, spread),
    points = state.results, curve = {}, warnings = warnings_of(points, x, cliff, state),
    warn = function(lr, rates)
      return warnings_of(points, log10(lr), cliff, state, rates)
    end,
  }
  if out.unresolved then
    out.unresolved.difference = from(level + out.unresolved.difference) - from(level)
  end
  for g = fit:index(low), fit:index(high + DECADE) do
    out.curve[#out.curve + 1] = { lr = 10 ^ fit.grid[g], loss = loss_at(g) }
  end
  return out
end

return curve
