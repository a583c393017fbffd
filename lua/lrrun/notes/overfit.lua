--- Note: the validation loss rises while the training loss falls. Layer: notes.

-- Above its lowest by so much: well-tuned runs of the benchmark end up to 1.3 times above it, and
-- what validation sets of a few hundred samples scatter is less.
local RISE = 1.5
-- At its best rate a run may over-fit all the same, where it is long for its data: of the
-- benchmark's 32 tasks four do so with some seed (val_loss 1.7 to 130 times its lowest).
-- And the training loss below what it was there by so much.
local FALL = 0.8
-- The lowest was reached this early, as a share of the run.
local EARLY = 0.7

return {
  kind = "overfit",
  doc = ("val_loss is %g times its lowest, and train_loss below %g of what it was there"):format(
    RISE, FALL),
  unless = { "diverged", "baseline", "rate_high" },
  see = function(seen)
    local lowest, m = seen.lowest, seen.state.metrics
    if not lowest or not m or not m.val_loss or lowest.step > EARLY * seen.state.step
      or lowest.val_loss <= 0 or m.val_loss <= RISE * lowest.val_loss
      or m.train_loss >= FALL * lowest.train_loss then
      return nil
    end
    return ("over-fitting from epoch %.4g on: val_loss rose from %.3g to %.3g while train_loss "
      .. "fell from %.3g to %.3g%s; fewer epochs, weight_decay, nn.dropout or more data"):format(
      lowest.epoch, lowest.val_loss, m.val_loss, lowest.train_loss, m.train_loss,
      seen.run.leaves == "best" and " (the weights of the best epoch are kept)" or ""),
      m.val_loss / lowest.val_loss
  end,
}
