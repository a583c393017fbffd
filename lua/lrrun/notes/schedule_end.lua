--- Note: the schedule's rate ended before the loss did. Layer: notes.

-- A rate below this share of its peak moves nothing that is seen.
local NOTHING = 0.01
-- So long a rest at the end is none of a usual decay: cosine spends a sixteenth there, steps of a
-- tenth at a half and at three quarters a quarter.
local REST = 0.3
-- The loss was falling before it: by so much of the first loss, in as long as a quarter of the run.
local FALL = 0.03
local SURE = 4

-- Where the rest at the end begins, as a share of the run; 1: there is none.
local function rest_of(seen)
  local share = 1
  for i = #seen.bins, 1, -1 do
    if seen.bins[i].lr > NOTHING * seen.peak then
      break
    end
    share = seen.bins[i].from / seen.steps
  end
  return share
end

return {
  kind = "schedule_end",
  doc = ("the rate is below %g of its peak for the last %g %% of the run or more, and the loss was "
    .. "falling until then"):format(NOTHING, 100 * REST),
  unless = { "diverged", "rate_high", "baseline" },
  see = function(seen)
    local at = rest_of(seen)
    if seen.reason ~= "done" or 1 - at < REST or at == 0 then
      return nil
    end
    local before, err = seen.loss(seen:part(at - math.min(0.25, at), at - math.min(0.25, at) / 2))
    local after, err_after = seen.loss(seen:part(1 - REST / 2, 1))
    if not before or not after
      or before - after < math.max(FALL * seen.first, SURE * (err + err_after)) then
      return nil
    end
    return ("the schedule ended before the loss did: for the last %.0f %% of the updates the rate "
      .. "is %.1g of its peak or less, and the training loss was still falling (%.3g to %.3g); a "
      .. "longer decay, or fewer epochs"):format(100 * (1 - at), NOTHING, before, after), 1 - at
  end,
}
