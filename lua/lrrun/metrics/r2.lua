--- How much of the targets' spread the network explains.

-- 1 - squared / spread; of a target that is always the same 1 where it is met exactly, else 0
-- (scikit-learn's r2_score).
local function explained(squared, spread)
  if spread > 0 then
    return 1 - squared / spread
  end
  return squared == 0 and 1 or 0
end

return {
  name = "r2",
  doc = "Share of the targets' variance that is explained, the mean over outputs: 1 is all, 0 "
    .. "as good as their mean.",
  label = "R2",
  short = "r2",
  mode = "max",
  splits = true,
  collects = "errors",
  unasked = "val",
  undefined = "all targets of the split are the same",
  of = function(sums)
    local errors, sum, varies = sums.errors, 0, false
    for i, squared in ipairs(errors.squared) do
      sum = sum + explained(squared, errors.spread[i])
      varies = varies or errors.spread[i] > 0
    end
    return varies and sum / #errors.squared or nil
  end,
  format = "%.4f",
  share = true,
}
