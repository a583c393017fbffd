--- Which jobs advice does next.
--
-- policy.start{ budget = runs of this recipe, low =, high = (rates that a range test brackets,
-- either may be nil), default = rate to begin with, seeds_base, length = updates of the whole run,
-- kind = of the optimizer, prior = true where default is expected to be the best rate } -> state, a
-- plain table.
-- policy.next(state) -> list of jobs { lr, share, seed, own_split }: share of the run that the job
-- is squeezed to, in (0, 1]; seed counts 0, 1, 2 from the recipe's; with own_split the seed draws
-- the validation split, too, which all others share. Nil where it is done.
-- policy.take(state, results) takes a whole batch: { lr, share, seed, own_split, loss = best
-- validation value, smaller is better (nil where there was none), state = "complete", "diverged"
-- or "fail", cost = updates made / updates of the whole run }.
-- Decisions happen between batches alone, so they are the same for any number of workers.
--
-- Three stages, each with longer runs and fewer rates: `wide` covers three decades with very short
-- runs and goes on where the best is the last; `near` tries three rates around the best that
-- process.lua expects for whole runs; `fine` goes on from there one rate at a time, until the best
-- has neighbours on both sides. What one stage believes the next may leave: a best rate at the
-- edge of a stage is followed. `fine` has other weights and another order than the stages before,
-- so that no answer hangs on one seed. Constants: tests/bench/advice. Layer: advise.

local options = require "lrrun.util.options"
local process = require "lrrun.advise.process"

local policy = {}

local SQUEEZED = 0.4 -- very short runs have their best about so much higher
local SHIFT = 0.5 -- that is, by so many decades for each decade of length

local RATES, GAP = 7, 0.45 -- of wide
local OFFSETS, STEP = { -0.3, 0, 0.3 }, 0.3 -- of near, and from there on
local CLOSE = 0.12 -- rates that are as good as the same
local LEAST_UPDATES = 12 -- of a run
local LEAST_JOBS = 3 -- that are made whatever the budget is
local LOWEST, HIGHEST = -9, 2 -- rates that are tried, log10
local WIDEST, NEAREST, ROUNDS = 10, 3, 3 -- batches that follow an edge; rounds of fine
local CURIOUS = 0.5 -- deviations by which the unknown is preferred
local REPEATS = 2 -- runs of the best of wide with other seeds: how noisy losses are
-- The same with splits of their own, from what the budget has left at the end: how far seeds lie
-- apart. They have no part in the rate.
local OWN = 8

-- Shares of the stages for one run of budget, and for more.
local SMALL, USUAL = { 1 / 32, 1 / 8, 1 / 8 }, { 1 / 96, 1 / 24, 1 / 6 }
local CEILING = { 1 / 8, 1 / 2, 1 }

local function shares_of(o)
  local least, out = LEAST_UPDATES / o.length, {}
  for i, part in ipairs(o.budget < 2 and SMALL or USUAL) do
    out[i] = math.min(1, math.max(least, math.min(CEILING[i], part * o.budget)))
  end
  return { wide = out[1], near = out[2], fine = out[3] }
end

-- Shares where the best rate is about known: no wide stage.
local function shares_of_prior(o)
  local least = LEAST_UPDATES / o.length
  local function share(part)
    return math.min(1, math.max(least, part * o.budget))
  end
  return { near = share(1 / 6), fine = share(1 / 4) }
end

--- Runs that the trainings cost at least, whatever the budget is.
---@param length integer updates of the whole run
---@return number
function policy.least(length)
  return LEAST_JOBS * math.min(1, LEAST_UPDATES / length)
end

--- Begins advice; see above.
---@param o table
---@return table
function policy.start(o)
  return { o = o, shares = o.prior and shares_of_prior(o) or shares_of(o), stage = "begin",
    spent = 0, results = {}, follows = 0, round = 1 }
end

local function round(x)
  return tonumber(("%.3g"):format(10 ^ math.max(LOWEST, math.min(HIGHEST, x))))
end

local function log10(lr)
  return math.log(lr, 10)
end

local function affords(state, share)
  return state.spent + share <= state.o.budget + 1e-9
end

-- As many jobs of the stage's length as the budget has left, at least `least`.
local function jobs(state, rates, stage, seed, least)
  local list, spent, share, seen = {}, state.spent, state.shares[stage], {}
  for i, x in ipairs(rates) do
    local lr = round(x)
    if i > (least or 0) and spent + share > state.o.budget + 1e-9 then
      break
    elseif not seen[lr] then -- those beyond the lowest or highest are one
      list[#list + 1], spent = { lr = lr, share = share, seed = seed or 0 }, spent + share
      seen[lr] = true
    end
  end
  return #list > 0 and list or nil
end

-- What was tried at a stage's length with a seed: rates, log10, from low to high; the best.
local function tried(state, stage, seed)
  local rates, best, loss = {}, nil, math.huge
  for _, r in ipairs(state.results) do
    if r.share == state.shares[stage] and r.seed == (seed or 0) and not r.own_split then
      rates[#rates + 1] = log10(r.lr)
      if r.state == "complete" and r.loss and r.loss < loss then
        best, loss = log10(r.lr), r.loss
      end
    end
  end
  table.sort(rates)
  return rates, best
end

-- The middle of wide: what is typical of the optimizer (a wrong rate costs a few very short runs),
-- moved into what a range test leaves.
local function middle(o)
  local x = log10(options.registry[o.kind].typical_lr) + SQUEEZED
  local low, high = o.low and log10(o.low) + GAP, o.high and log10(o.high) - GAP
  if low and high and low > high then
    return (low + high) / 2
  end
  return math.min(math.max(x, low or x), high or math.huge)
end

local function begin(state)
  if state.o.prior then
    local x = log10(state.o.default) - SHIFT * log10(state.shares.near)
    state.stage = "near"
    return jobs(state, { x + OFFSETS[1], x + OFFSETS[2], x + OFFSETS[3] }, "near", 0, LEAST_JOBS)
  end
  local half = state.o.budget / 2
  local n = math.max(LEAST_JOBS, math.min(RATES, math.floor(half / state.shares.wide)))
  local gap = math.min(2 * GAP, GAP * (RATES - 1) / (n - 1))
  local rates = {}
  for i = 1, n do
    rates[i] = middle(state.o) + gap * (i - (n + 1) / 2)
  end
  state.stage, state.gap = "wide", gap
  return jobs(state, rates, "wide", 0, LEAST_JOBS)
end

-- Where whole runs are expected to be best: the process, and its place in the grid.
local function expected(state)
  local points = process.points(state.results)
  local fit = process.fit(points)
  local low, high = process.limits(points)
  return fit, fit:lowest(low, high), low, high
end

-- Whether nothing trains: all runs diverged, at the lowest rate that is tried too.
local function is_hopeless(state)
  local first, best = HIGHEST, nil
  for _, p in ipairs(process.points(state.results)) do
    first, best = math.min(first, p.x), best or p.loss
  end
  return not best and first <= LOWEST + CLOSE
end

local function near(state)
  local points = process.points(state.results)
  if #points == 0 or is_hopeless(state) then
    return nil
  end
  local fit, at = expected(state)
  local rates = {}
  for i, offset in ipairs(OFFSETS) do
    rates[i] = fit.grid[at] + offset
  end
  state.stage, state.follows = "near", 0
  return jobs(state, rates, "near")
end

-- The best of wide with so many other seeds.
local function again(state, n, own_split)
  local list = {}
  for seed = 1, n do
    list[seed] = { lr = state.repeated, share = state.shares.wide, seed = seed,
      own_split = own_split }
  end
  return list
end

local function repeats(state)
  state.stage = "repeats"
  local _, best = tried(state, "wide")
  if not best or state.o.budget < 2 then
    return near(state)
  end
  state.repeated = round(best)
  if REPEATS * state.shares.wide > state.o.budget / 20 then
    return near(state)
  end
  return again(state, REPEATS)
end

-- What the budget has left, for repeats with splits of their own.
local function apart(state)
  state.stage = "apart"
  if not state.repeated or is_hopeless(state) then
    return nil
  end
  local n = math.floor((state.o.budget - state.spent) / state.shares.wide + 1e-9)
  if n < 1 then
    return nil
  end
  return again(state, math.min(OWN, n), true)
end

-- After a batch of wide: on beyond the edge that is best, else to the next stage.
local function wide(state)
  local rates, best = tried(state, "wide")
  local first, last = rates[1], rates[#rates]
  state.follows = state.follows + 1
  if state.follows <= WIDEST and affords(state, state.shares.wide) then
    if not best and first > LOWEST then
      local gap = state.gap
      return jobs(state, { first - 4 * gap, first - 2 * gap, first - gap }, "wide")
    elseif best == last and last < HIGHEST then
      return jobs(state, { last + state.gap }, "wide")
    elseif best == first and first > LOWEST then
      return jobs(state, { first - state.gap }, "wide")
    end
  end
  return repeats(state)
end

-- The seed of a round of fine: another one than near's, unless their runs are as long.
local function seed_of(state)
  return state.round - (state.shares.near == state.shares.fine and 1 or 0)
end

-- The next rate of fine: the best expected, or where that has been tried the neighbour that may
-- be better. Nil where the best has neighbours on both sides.
local function candidate(state)
  local fit, at, low, high = expected(state)
  local rates = tried(state, "fine", seed_of(state))
  local x, nearest = math.max(LOWEST, math.min(HIGHEST, fit.grid[at])), nil
  for _, other in ipairs(rates) do
    nearest = (not nearest or math.abs(other - x) < math.abs(nearest - x)) and other or nearest
  end
  if not nearest or math.abs(nearest - x) >= CLOSE then
    return x
  end
  local best, score
  for _, y in ipairs { nearest - STEP, nearest + STEP } do
    local open = y >= math.max(low, LOWEST) and y <= math.min(high, HIGHEST)
    for _, other in ipairs(rates) do
      open = open and math.abs(other - y) > CLOSE
    end
    local g = fit:index(y)
    local value = fit.expected[g] - CURIOUS * fit:deviation(g, at)
    if open and (not best or value < score) then
      best, score = y, value
    end
  end
  return best
end

local function fine(state)
  state.stage = "fine"
  while state.round <= ROUNDS and affords(state, state.shares.fine) and not is_hopeless(state) do
    local x = candidate(state)
    if x then
      return jobs(state, { x }, "fine", seed_of(state))
    end
    state.round = state.round + 1
  end
  return apart(state)
end

local function after_near(state)
  local rates, best = tried(state, "near")
  local points = process.points(state.results)
  if #points == 0 then
    return nil
  end
  local _, high = process.limits(points)
  state.follows = state.follows + 1
  if best and state.follows <= NEAREST and affords(state, state.shares.near) then
    if best == rates[#rates] and best + STEP <= math.min(high, HIGHEST) then
      return jobs(state, { best + STEP }, "near")
    elseif best == rates[1] and best > LOWEST then
      return jobs(state, { best - STEP }, "near")
    end
  end
  return fine(state)
end

local NEXT = { begin = begin, wide = wide, repeats = near, near = after_near, fine = fine }

--- The next batch, nil where no more is to be done.
---@param state table
---@return { lr: number, share: number, seed: integer }[]?
function policy.next(state)
  local step = NEXT[state.stage]
  local list = step and step(state)
  if not list and step and state.stage == "near" then
    list = fine(state)
  end
  if not list then
    state.stage = "done"
  end
  return list
end

--- Takes the results of a batch.
---@param state table
---@param results table[]
function policy.take(state, results)
  local known = false
  for _, item in ipairs(results) do
    state.results[#state.results + 1] = item
    state.spent = state.spent + item.cost
    known = known or item.state ~= "fail"
  end
  if not known then
    state.stage = "done" -- what fails for all rates is not the rates'
  end
end

return policy
