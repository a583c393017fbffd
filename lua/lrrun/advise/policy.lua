--- Which jobs advice does next: rates on a grid inside of a bracket, in batches that grow longer.
--
-- policy.start{ budget = runs of this recipe, low =, high = (rates that a range test brackets,
-- either may be nil), default = rate to begin with where there is no bracket, seeds_base, length =
-- updates of the whole run, kind = of the optimizer } -> state, a plain table.
-- policy.next(state) -> list of jobs { lr, share, seed }: share of the run that the job is
-- squeezed to, in (0, 1]; seed counts 0, 1, 2 from the recipe's. Nil where it is done.
-- policy.take(state, results) takes a whole batch: { lr, share, seed, loss = best validation
-- value, smaller is better (nil where there was none), state = "complete", "diverged" or "fail",
-- cost = updates made / updates of the whole run }.
-- Decisions happen between batches alone, so they are the same for any number of workers.
--
-- Short runs rank rates as whole ones do, up to a shift towards higher rates; so each stage looks
-- at the best rates of the one before and their neighbours, in successive halving (Jamieson and
-- Talwalkar, 2016) over a log grid. Layer: advise.

local policy = {}

local SHARES = { 1 / 12, 1 / 4, 1 }
local PARTS = { 0.3, 0.3, 0.4 } -- of the budget that a stage may cost
local STEP = 10 ^ 0.5 -- between rates of the first stage
local REACH = 3 -- rates on each side of the default, where nothing brackets

function policy.start(o)
  return { o = o, stage = 0, spent = 0, results = {}, done = {} }
end

local function clamp_grid(low, high)
  local n = math.max(3, math.floor(math.log(high / low) / math.log(STEP) + 1.5))
  local out = {}
  for i = 0, n - 1 do
    out[i + 1] = low * (high / low) ^ (i / (n - 1))
  end
  return out
end

local function first_rates(o)
  local middle = o.default or 1e-3
  local low = o.low or (o.high and o.high / STEP ^ 6) or middle / STEP ^ REACH
  local high = o.high or (o.low and o.low * STEP ^ 6) or middle * STEP ^ REACH
  return clamp_grid(math.min(low, high), math.max(low, high))
end

-- Rates of a stage from best to worst; those without a loss are left out.
local function ranked(results, share)
  local list = {}
  for _, item in ipairs(results) do
    if item.share == share and item.state == "complete" and item.loss then
      list[#list + 1] = item
    end
  end
  table.sort(list, function(a, b)
    return a.loss < b.loss or a.loss == b.loss and a.lr < b.lr
  end)
  return list
end

function policy.next(state)
  state.stage = state.stage + 1
  local share = SHARES[state.stage]
  if not share then
    return nil
  end
  local room = PARTS[state.stage] * state.o.budget / share
  local rates = {}
  if state.stage == 1 then
    rates = first_rates(state.o)
  else
    local best = ranked(state.results, SHARES[state.stage - 1])
    if not best[1] then
      return nil
    end
    for i = 1, math.min(#best, math.max(2, math.floor(room))) do
      rates[i] = best[i].lr
    end
    -- Longer runs want lower rates.
    table.sort(rates)
    table.insert(rates, 1, rates[1] / STEP)
  end
  local jobs = {}
  for i = 1, math.min(#rates, math.max(1, math.floor(room))) do
    jobs[i] = { lr = rates[i], share = share, seed = 0 }
  end
  return jobs
end

function policy.take(state, results)
  for _, item in ipairs(results) do
    state.results[#state.results + 1] = item
    state.spent = state.spent + item.cost
  end
end

return policy
