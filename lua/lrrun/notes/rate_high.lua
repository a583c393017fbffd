--- Note: the learning rate is too high: the loss ends above where it began, has come back from
--- lower, jumps and stays high, goes up and down, or stands still while updates are large.
--- Layer: notes.

-- The loss at the end by that of the first update.
local ABOVE = 1.1
-- Of what the loss had gained, so much is lost again.
local LOST = 0.5
-- In full-batch training nothing but the rate turns the loss round: white noise does it after two
-- thirds of all updates, a rate above the stability limit after each.
local TURNS, SCATTER, ENOUGH = 0.9, 0.02, 16
-- Rises between bins that no noise explains: so many, and so much of all falls.
local RISES, SHARE = 3, 0.6
-- Updates larger than this share of the weights do not settle: 1e-3 is usual, and well-tuned runs
-- of the benchmark whose loss stands have up to 1.4e-2. Small networks learn with more while their
-- loss falls, so it has to stand.
local LARGE = 2e-2
-- Standard errors that tell a difference from noise.
local SURE = 4
-- A spike of so many times the first loss in the first quarter, and so much of that is left at the
-- end: the weights have not come back from it. Well-tuned runs of the benchmark come to twice the
-- first loss, and fall from there. What is nearly where it began needs less of a spike.
local EARLY = 0.25
local SPIKES = { { times = 3, left = 0.4 }, { times = 1.5, left = 0.7 } }

-- Far above, a third would not do.
local FAR = 3
local PARTS = { [3] = "a third", [10] = "a tenth", [100] = "a hundredth" }

local function advice(seen, by)
  return ("try %s of the rate, lr = %.2g, or lrrun range"):format(PARTS[by], seen.peak / by)
end

local function ends_above(seen)
  local last, err = seen.loss(seen:part(0.75, 1))
  if seen.first > 0 and last > ABOVE * seen.first + SURE * err then
    local times = last / seen.first
    return ("the rate is too high: the training loss has come to %.3g, above the %.3g of the "
      .. "first update; %s"):format(last, seen.first, advice(seen, times > FAR and 100 or 3)), times
  end
end

local function comes_back(seen)
  local low, at = math.huge, nil
  for _, bin in ipairs(seen.bins) do
    if bin.loss < low then
      low, at = bin.loss, bin
    end
  end
  if not at then -- no loss is a number
    return nil
  end
  local last, err = seen.loss(seen:part(0.75, 1))
  local _, err_low = seen.loss { at }
  if low > 0 and last > ABOVE * low
    and last - low > LOST * (seen.first - low) + SURE * (err + err_low) then
    return ("the rate is too high: the training loss has come back from %.3g near update %.0f to "
      .. "%.3g; %s"):format(low, at.from + at.n, last, advice(seen, 3)), last / low
  end
end

local function swings(seen)
  local half = seen:part(0.5, 1)
  local turns, n = seen.mean(half, "turns")
  local mean = seen.loss(half)
  local jump = seen.mean(half, "jump")
  if seen.run.clock.steps_per_epoch == 1 and n >= ENOUGH and turns >= TURNS
    and jump > SCATTER * mean then
    return ("the rate is too high: the loss turns round after %.0f %% of the updates, by %.0f %% "
      .. "of its size; %s"):format(100 * turns, 100 * jump / mean, advice(seen, 3)), turns
  end
end

local function goes_up_and_down(seen)
  local rises, up, down = 0, 0, 0
  for i = 3, #seen.bins do
    local a, b = seen.bins[i - 1], seen.bins[i]
    local _, err = seen.loss { a, b }
    local d = b.loss - a.loss
    if math.abs(d) > SURE * 2 * err then -- of a difference of halves
      rises = rises + (d > 0 and 1 or 0)
      up, down = up + math.max(d, 0), down + math.max(-d, 0)
    end
  end
  if rises >= RISES and up > SHARE * down then
    return ("the rate is too high: the training loss goes up and down, %d times by more than its "
      .. "noise, and %.0f %% of what it falls it rises again; %s"):format(rises, 100 * up / down,
      advice(seen, 3)), up / down
  end
end

local function stands(seen)
  local middle, least = seen:probed("update", 0.5)
  local third, err = seen.loss(seen:part(0.5, 0.75))
  local last, err_last = seen.loss(seen:part(0.75, 1))
  if least and least > LARGE and seen:is_high() and last > 0.5 * seen.first
    and third - last < SURE * (err + err_last) + 0.01 * seen.first then
    return ("the rate is too high: each update moves the weights by %.2g of their size and the "
      .. "training loss stands at %.3g; %s"):format(middle, last, advice(seen, 3)), middle
  end
end

-- Batches scatter by their nature: what they do at the end is no spike.
local function has_jumped(seen)
  local quarter = seen:part(0.75, 1)
  local last = seen.loss(quarter)
  local peak = seen.largest(seen:part(0, EARLY), "loss_peak")
  local scatter = (seen.mean(quarter, "jump") or 0) / math.sqrt(2)
  for _, spike in ipairs(seen.first > 0 and last and SPIKES or {}) do
    if peak > spike.times * seen.first + SURE * scatter and last > spike.left * seen.first then
      return ("the rate is too high: early the training loss jumped to %.3g, from the %.3g of the "
        .. "first update, and it has come back to no less than %.3g; %s"):format(peak, seen.first,
        last, advice(seen, 10)), peak / seen.first
    end
  end
end

local SIGNS = { ends_above, comes_back, has_jumped, swings, goes_up_and_down, stands }

return {
  kind = "rate_high",
  doc = ("the rate is too high: the loss ends above its start, comes back from lower, jumps "
    .. "early and stays high, goes up and down by more than its noise, swings with full batches, "
    .. "or stands while updates move the weights by more than %g of their size"):format(LARGE),
  early = true,
  unless = { "diverged", "depth" },
  see = function(seen)
    if #seen.bins < 8 then
      return nil
    end
    for _, sign in ipairs(SIGNS) do
      if seen.reason or sign == ends_above then -- the others need the end to be sure
        local text, figure = sign(seen)
        if text then
          return text, figure
        end
      end
    end
  end,
}
