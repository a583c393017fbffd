--- Note: the targets are learned as they are, and the loss stays above their variance.
--- Layer: notes.

-- Variance of the targets as they are fed, over so many values at most.
local ENOUGH = 10000

local function variance(run)
  local loader = run.dataset:loader { split = "train", augment = {}, shuffle = false,
    prefetch = false }
  local sum, squares, n, k = {}, {}, 0, run.dataset.targets
  for _ = 1, loader:count() do
    for i, y in ipairs(loader:next().y:values()) do
      local j = (i - 1) % k + 1
      sum[j], squares[j] = (sum[j] or 0) + y, (squares[j] or 0) + y * y
      n = n + 1
    end
    if n >= ENOUGH then
      break
    end
  end
  local total, rows = 0, n / k
  for j = 1, k do
    total = total + squares[j] / rows - (sum[j] / rows) ^ 2
  end
  return total / k
end

return {
  kind = "unscaled",
  doc = "targets are learned as they are (target_scale = false), and the loss of nn.mse "
    .. "stays above their variance",
  unless = { "diverged" },
  see = function(seen)
    local run, m = seen.run, seen:left()
    local loss = m.val_loss or m.train_loss
    if run.loss.kind ~= "nn.mse" or run.dataset.target_means or not run.dataset.targets
      or not loss then
      return nil
    end
    local of = variance(run)
    if not (of > 0 and loss >= of) then
      return nil
    end
    return ("the targets are learned as they are and the loss, %.4g, has stayed above their "
      .. "variance, %.4g: the model is worse than their mean; without target_scale = false they "
      .. "are scaled"):format(loss, of), loss / of
  end,
}
