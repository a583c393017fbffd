--- How far predictions are off, in the targets' own units.

return {
  name = "mae",
  doc = "Mean of |prediction - target|, over all outputs, in the targets' own units.",
  label = "mean absolute error",
  short = "mae",
  mode = "min",
  splits = true,
  collects = "errors",
  unasked = "val",
  of = function(sums)
    local errors, sum = sums.errors, 0
    for i, absolute in ipairs(errors.absolute) do
      sum = sum + absolute * (errors.unit and errors.unit[i] or 1)
    end
    return errors.n[1] > 0 and sum / #errors.absolute / errors.n[1] or nil
  end,
  wide = 50,
}
