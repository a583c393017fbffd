--- Note: the validation loss rises while the training loss falls, and that costs something: the
--- model that is left, or what it says of samples that it has not seen. Layer: notes.

-- Above its lowest by so much: well-tuned runs of the benchmark end up to 1.3 times above it, and
-- what validation sets of a few hundred samples scatter is less.
local RISE = 1.5
-- And the training loss below what it was there by so much.
local FALL = 0.8
-- The lowest was reached this early, as a share of the run.
local EARLY = 0.7
-- Where the run leaves the weights of its best epoch, a rise by itself costs time alone: of the
-- benchmark's 44 tasks at their best rates nine rise by RISE with some seed, up to 130 times, most
-- of them with answers as good as before, and the same rate over the fewer epochs ends no lower.
-- So the answers have to be worse as well, or nearly all of the run was for nothing: all but this
-- share of it.
local FEW = 0.15
-- Both beyond chance, in standard errors of the number of wrong answers, which a loss is made of
-- once the training is learned by heart.
local SURE = 2.5

-- How many of n validation samples are answered wrong at an accuracy.
local function wrong(n, accuracy)
  return n * (1 - accuracy)
end

-- Whether a run that keeps its best epoch has lost by going on.
local function has_lost(seen, rise)
  local before, after = seen.lowest.val_accuracy, seen.state.metrics.val_accuracy
  if not after then
    return true -- numbers: the loss is the answer's error
  elseif not before then
    return false -- seen by a version that did not keep it
  end
  local _, n = seen.run.dataset.native:tally "val"
  local was, is = wrong(n, before), wrong(n, after)
  return is - was > SURE * math.sqrt(was + is)
    or seen.lowest.step <= FEW * seen.state.step and (1 - 1 / rise) * math.sqrt(is) > SURE
end

return {
  kind = "overfit",
  doc = ("val_loss is %g times its lowest, and train_loss below %g of what it was there; of a run "
    .. "that keeps its best epoch only where answers have become worse beyond chance, or that "
    .. "epoch is of its first %g %%"):format(RISE, FALL, 100 * FEW),
  unless = { "diverged", "baseline", "rate_high" },
  see = function(seen)
    local lowest, m = seen.lowest, seen.state.metrics
    if not lowest or not m or not m.val_loss or lowest.step > EARLY * seen.state.step
      or lowest.val_loss <= 0 or m.val_loss <= RISE * lowest.val_loss
      or m.train_loss >= FALL * lowest.train_loss then
      return nil
    end
    local rise, keeps = m.val_loss / lowest.val_loss, seen.run.leaves == "best"
    if keeps and not has_lost(seen, rise) then
      return nil
    end
    return ("over-fitting from epoch %.4g on: val_loss rose from %.3g to %.3g while train_loss "
      .. "fell from %.3g to %.3g%s; %sfewer epochs, weight_decay, nn.dropout or more data"):format(
      lowest.epoch, lowest.val_loss, m.val_loss, lowest.train_loss, m.train_loss,
      keeps and " (the weights of the best epoch are kept)" or "",
      keeps and "" or "restore_best = true, "), rise
  end,
}
