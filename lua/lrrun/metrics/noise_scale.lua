--- How many samples a batch may have before more of them hardly help.

return {
  name = "noise_scale",
  doc = "Gradient noise scale, in samples: the batch whose gradient is as long as its noise, from "
    .. "batches of four times as many samples as sharpness takes. Much larger batches than this "
    .. "gain little (lrrun help probe).",
  label = "gradient noise scale: critical batch size",
  short = "noise",
  probed = true,
  undefined = "the gradient is too small against its noise to be measured on so few samples",
  of = function(sums)
    return sums.noise_scale
  end,
  format = "%.4g",
  wide = 50,
}
