--- Note: clipping is active in most updates. Layer: notes.

-- Most.
local SHARE = 0.5
-- And takes more than half of the gradient then: what trims peaks is what clipping is for.
local KEPT = 0.5

return {
  kind = "clipping",
  doc = ("clipping is active in more than %g %% of the updates, and leaves less than %g %% of the "
    .. "gradient"):format(100 * SHARE, 100 * KEPT),
  unless = { "diverged" },
  see = function(seen)
    local clip = seen.run.recipe.opts.clip
    local share = clip and seen.mean(seen.bins, "clipped")
    local kept, _, most = seen:probed "kept"
    if not share or not kept then
      return nil
    elseif clip.opts.norm and share > SHARE and kept < KEPT then
      return ("clip = { norm } was active in %.0f %% of the updates and left %.2g %% of the "
        .. "gradient in the middle: it sets the step, not the rate; a higher bound and a lower "
        .. "rate, or none"):format(100 * share, 100 * kept), share
    elseif not clip.opts.norm and #seen.probes > 2 and most < KEPT then
      return ("clipping left no more than %.2g %% of the gradient in any update that was looked "
        .. "at: it sets the step, not the rate; a higher bound and a lower rate, or none"):format(
        100 * most), most
    end
  end,
}
