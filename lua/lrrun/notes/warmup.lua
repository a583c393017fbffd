--- Note: a warm-up was needed, or one was there that was not. Layer: notes.

-- The first updates, as a share of the run.
local FIRST = 0.05
-- A loss of so many times the first one there is a spike that weights have to come back from.
local SPIKE = 3
-- And in the second quarter of the run more than this share of the first loss is left: of the
-- benchmark's tasks at their best rates one comes to four to six times its first loss within a few
-- updates, and is at a tenth of it in the second quarter; with a warm-up its three seeds end 6 %
-- lower, 5 % higher and 10 % lower. Another comes to 2.8 times, with a gradient twenty times that
-- of the rest, and a warm-up changes nothing: a large gradient alone is no reason.
local LEFT = 0.15
-- So long a warm-up of a run needs a reason: it is 1 to 10 % that are usual.
local LONG = 0.25
-- There was none where no gradient in it was larger than so many times the mean of the rest, and no
-- loss than so many times the first.
local CALM, CALM_LOSS = 3, 1.5

-- Bins that begin within the first share of the run.
local function split(seen, share)
  local first, rest = {}, {}
  for _, bin in ipairs(seen.bins) do
    table.insert(bin.from < share * seen.steps and first or rest, bin)
  end
  return first, rest
end

local function was_needed(seen, text)
  local first = split(seen, FIRST)
  local peak = seen.largest(first, "loss_peak")
  local left = seen.loss(seen:part(0.25, 0.5))
  if seen.first > 0 and peak > SPIKE * seen.first and left and left > LEFT * seen.first
    and not seen:starts_low() then
    return ("a warm-up is missing: within the first %.0f %% of the updates the loss rose to %.3g, "
      .. "%.2g times that of the first one; %s"):format(100 * FIRST, peak, peak / seen.first, text),
      peak / seen.first
  end
end

local function was_not_needed(seen, length)
  local share = length / seen.steps
  local first, rest = split(seen, share)
  local usual = seen.mean(rest, "norm")
  if not usual or share < LONG or seen.largest(first, "norm_peak") > CALM * usual
    or seen.largest(first, "loss_peak") > CALM_LOSS * seen.first then
    return nil
  end
  return ("the warm-up took %.0f %% of the updates and nothing in it called for one (largest "
    .. "gradient %.2g times the mean after it): 5*percent leaves more to the full rate"):format(
    100 * share, seen.largest(first, "norm_peak") / usual), share
end

return {
  kind = "warmup",
  doc = ("a warm-up is missing (the loss jumps to %g times its start in the first %g %% of the "
    .. "updates and does not fall fast from there), or took %g %% of the run and nothing called "
    .. "for it"):format(SPIKE, 100 * FIRST, 100 * LONG),
  unless = { "diverged", "rate_high", "rate_low", "baseline" },
  see = function(seen)
    local length, text = seen:warmup()
    if #seen.bins < 8 then
      return nil
    elseif length > 0 then
      return was_not_needed(seen, length)
    end
    return was_needed(seen, text)
  end,
}
