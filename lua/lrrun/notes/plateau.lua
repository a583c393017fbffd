--- Note: the training loss has stood still for the last half of the run at a rate that is still
--- high. Layer: notes.

local averaging = require "lrrun.train.averaging"

-- Less than this of the first loss is no fall, where noise does not hide more.
local FALL = 0.005
local SURE = 2
-- Where the best validation is of the second half of the run it has not stood for nothing.
local GAINED = 0.5
-- What is nearly fitted has nowhere to fall to.
local LEFT = 0.2

return {
  kind = "plateau",
  doc = "the loss has stood since half of the run at a rate that is still at half of its "
    .. "peak",
  unless = { "diverged", "baseline", "rate_high", "rate_low", "depth", "dead_units" },
  see = function(seen)
    if seen.reason ~= "done" or #seen.bins < 8 or not seen:is_high() then
      return nil
    end
    local third, err = seen.loss(seen:part(0.5, 0.75))
    local last, err_last = seen.loss(seen:part(0.75, 1))
    local best = seen.run.best
    if last < LEFT * seen.first
      or third - last > math.max(FALL * seen.first, SURE * (err + err_last))
      or best and best.step >= GAINED * seen.steps then
      return nil
    end
    if averaging.by_optimizer(seen.run.recipe.opts) then
      return ("the training loss has stood at %.3g since half of the run: the optimizer averages "
        .. "in the place of a falling rate; another lr, or stop.early { patience = 5 } ends there")
        :format(last), last
    end
    return ("the training loss has stood at %.3g since half of the run: schedule.linear {} lowers "
      .. "the rate on the way, schedule.plateau {} where it stands, stop.early { patience = 5 } "
      .. "ends there"):format(last), last
  end,
}
