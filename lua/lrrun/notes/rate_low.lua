--- Note: the learning rate is too low: updates are tiny, or the loss is still falling in a
--- straight line at the end. Layer: notes.

-- Updates below this share of the weights do not show in any number of epochs that is usual.
local TINY = 1e-5
-- An update at less than this share of the highest rate may change nothing.
local HIGH = 0.1
-- What the loss falls for what the rates sum up to, in the second half of that sum by the first:
-- curves that come to their end fall less and less, a straight line as much. Well-tuned runs of the
-- benchmark that have not come far have up to 0.4, or fall by less than 3 % of the first loss in
-- all.
local STRAIGHT, BENT, SEEN = 0.75, 0.45, 0.03
-- Of the first loss so much is still there: what is nearly fitted may fall as it will.
local LEFT = 0.4
-- Where the lowest validation loss is no later than this share of the run, what training falls
-- after it is learned by heart: a higher rate would do that sooner (imdb_lstm_rmsprop).
local LATE = 0.75
-- Where validation falls by less than this share of what training falls by, the rest is learned
-- by heart, too (unseen_cifar_mlp_momentum).
local SHARED = 0.5
-- How many times as fast noise has to fall out of the loss (unseen_cifar_gray_adamw).
local FASTER = 1.5
-- Updates of a range test, about.
local TEST = 400
-- Standard errors that tell a fall from noise: that of the whole run, and that of its second half.
local SURE, LIKELY = 6, 2

local function advice(seen, times)
  return ("try %d times the rate, lr = %.2g, or lrrun range"):format(times, times * seen.peak)
end

-- The largest update, had each been made at the highest rate: a schedule may have ended near 0
-- where a run of few evaluations was probed. Nil where no probe says anything.
local function largest_update(seen)
  local most
  for _, probe in ipairs(seen.probes) do
    local lr = probe.lr or seen.peak -- those of an earlier version do not say it
    if probe.top and (probe.top > 0 and lr > 0 or lr >= HIGH * seen.peak) then
      most = math.max(most or 0, probe.top > 0 and probe.top * seen.peak / lr or 0)
    end
  end
  return most
end

local function is_tiny(seen)
  local most = largest_update(seen)
  if seen.peak == 0 then
    return "the rate is 0: nothing is learned; optimizer.lr sets it", 0
  elseif most == 0 and seen.largest(seen.bins, "norm_peak") == 0 then
    return nil -- at no rate does anything move (no_gradient.lua)
  elseif most == 0 then
    return ("the rate is too low: no update changes any weight at all, as each is below the last "
      .. "digit of what it is added to; %s"):format(advice(seen, 100)), 0
  elseif most and most < TINY then
    return ("the rate is too low: no update moves any layer by more than %.1g of its size; %s")
      :format(most, advice(seen, 100)), most
  end
end

-- What the rates of bins sum up to.
local function sum_of(bins)
  local sum = 0
  for _, bin in ipairs(bins) do
    sum = sum + bin.lr * bin.n
  end
  return sum
end

-- Bins in which the first and the second half of the sum of their rates are.
local function halves(bins)
  local all, sum, first, second = sum_of(bins), 0, {}, {}
  for _, bin in ipairs(bins) do
    table.insert(sum + bin.lr * bin.n / 2 < all / 2 and first or second, bin)
    sum = sum + bin.lr * bin.n
  end
  return first, second
end

-- What the loss falls from the first to the last third of these bins, its error; the loss of the
-- last third and its error.
local function fall(seen, bins)
  local k = math.max(1, #bins // 3)
  local a, err_a = seen.loss(table.move(bins, 1, k, 1, {}))
  local b, err_b = seen.loss(table.move(bins, #bins - k + 1, #bins, 1, {}))
  return a - b, math.sqrt(err_a ^ 2 + err_b ^ 2), b, err_b
end

-- The bins up to the last one whose rate is at least half of the highest, and those after it.
local function high_and_low(seen)
  local high, low = {}, {}
  for _, bin in ipairs(seen.bins) do
    if bin.lr >= 0.5 * seen.peak then
      high[#high + 1], low = bin, {}
    else
      low[#low + 1] = bin
    end
  end
  return high, low
end

-- Whether the fall has become slower while the rate was high, beyond noise.
local function has_bent(seen, high)
  local first, second = halves(high)
  if #first < 2 or #second < 2 then
    return false
  end
  local before, err_before = fall(seen, first)
  local after, err_after = fall(seen, second)
  return BENT * before - after > LIKELY * math.sqrt((BENT * err_before) ^ 2 + err_after ^ 2)
end

-- Whether the loss falls faster, for what the rates sum up to, once they are below half of the
-- highest: then it is noise that falls out of it, which a rate that is too low has none of.
local function is_annealed(seen, high, low)
  if #high < 3 or #low < 2 then
    return false
  end
  local before, _, level, err = fall(seen, high)
  local k = math.max(1, #low // 3)
  local ended, err_ended = seen.loss(table.move(low, #low - k + 1, #low, 1, {}))
  -- From the middle of the first third to that of the last are two thirds of the way, a sixth is
  -- left; where the rate ends near 0 all of its sum lies before the last third.
  local speed, drop = math.max(before, 0) / (2 / 3 * sum_of(high)), level - ended
  return drop > LIKELY * math.sqrt(err ^ 2 + err_ended ^ 2)
    and drop > FASTER * speed * (sum_of(high) / 6 + sum_of(low))
end

-- Whether what the loss falls at the end is no sign of a low rate: it falls as the rate does, and
-- had come to its end before, or was held up by noise.
local function falls_with_rate(seen)
  local high, low = high_and_low(seen)
  return has_bent(seen, high) or is_annealed(seen, high, low)
end

-- Whether validation, where there is one, has gained to the end.
local function gains_late(seen)
  return not seen.lowest or seen.lowest.step > LATE * seen.steps
end

-- Whether validation fell with the training within these bins; true where too few evaluations say.
local function falls_too(seen, bins)
  local first, last
  for _, probe in ipairs(seen.probes) do
    if probe.val and probe.train and probe.step > bins[1].from then
      first, last = first or probe, probe
    end
  end
  return first == last or first.val - last.val >= SHARED * (first.train - last.train)
end

local function is_straight(seen)
  local first, second = halves(seen.bins)
  if #first < 2 or #second < 2 or not gains_late(seen) or not falls_too(seen, second)
    or falls_with_rate(seen) then
    return nil
  end
  local before = fall(seen, first)
  local after, err, last = fall(seen, second)
  local whole, err_whole = fall(seen, seen.bins)
  if before > 0 and last > LEFT * seen.first and whole > SURE * err_whole and after > LIKELY * err
    and after > (whole > SEEN * seen.first and BENT or STRAIGHT) * before then
    return ("the rate is too low: the training loss, %.3g, is still falling in a straight line: by "
      .. "%.3g in the first half of the training and by %.3g in the second; %s"):format(last,
      before, after, advice(seen, 3)), last / seen.first
  end
end

-- The range test of lr = "range" had a lower loss within its updates, of which the run has as many.
local function is_behind(seen)
  local range = seen.run.range
  local lowest = range and range.lowest
  local last = seen.loss(seen:part(0.75, 1))
  if lowest and last and last > lowest and seen.steps >= TEST then
    return ("the rate is too low: the training loss, %.3g, has not come to the %.3g of the range "
      .. "test; %s"):format(last, lowest, advice(seen, 3)), last / lowest
  end
end

return {
  kind = "rate_low",
  doc = ("the rate is too low: no update moves a layer by more than %g of its size, the "
    .. "loss falls in a straight line to the end, or does not come to that of the range "
    .. "test"):format(TINY),
  unless = { "diverged", "rate_high", "dead_units", "depth" },
  see = function(seen)
    if seen.reason ~= "done" or #seen.bins < 8 and seen.peak > 0 then
      return nil
    end
    for _, sign in ipairs { is_tiny, is_straight, is_behind } do
      local text, figure = sign(seen)
      if text then
        return text, figure
      end
    end
  end,
}
