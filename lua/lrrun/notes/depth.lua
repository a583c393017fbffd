--- Note: gradients vanish or explode with depth. Layer: notes.

-- Gradient of the first layer with weights by that of the last one. In networks that learn it is
-- between 1e-2 and 1e2; a layer of no more than a ten-thousandth of the other hardly moves while
-- that one has a rate that suits it.
local RATIO = 1e4
-- Fewer layers have other reasons.
local LEAST = 4

return {
  kind = "depth",
  doc = ("the gradients of the first and the last layer with weights differ by a factor of %g and "
    .. "more, in networks of %d such layers and more"):format(RATIO, LEAST),
  early = true,
  unless = { "diverged" },
  see = function(seen)
    local middle, least, most = seen:probed "depth"
    local last = seen.probes[#seen.probes]
    if not middle or not last.layers or last.layers < LEAST then
      return nil
    elseif most < 1 / RATIO then
      return ("gradients vanish with depth: that of the first layer is %.2g of the last one's; "
        .. "nn.relu, nn.batchnorm between the layers, nn.residual around them, or another init")
        :format(middle), middle
    elseif least > RATIO then
      return ("gradients grow with depth: that of the first layer is %.2g times the last one's; "
        .. "nn.batchnorm between the layers, a smaller init, or clip = { norm = 1 }"):format(
        middle), middle
    end
  end,
}
