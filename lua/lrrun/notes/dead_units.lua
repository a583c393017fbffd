--- Note: units of a ReLU that are 0 for all samples, and get no gradient. Layer: notes.

-- A layer of which so much is dead has lost most of its width; wide layers that learn well have a
-- tenth to a third of their units dead.
local SHARE = 0.7
-- Units that few samples wake are not dead.
local SAMPLES = 100
local UNITS = 4

return {
  kind = "dead_units",
  doc = ("at least %g %% of a ReLU's units are 0 for all samples of an update and of the "
    .. "validation"):format(100 * SHARE),
  early = true,
  unless = { "diverged" },
  see = function(seen)
    local last = seen.probes[#seen.probes]
    if not (last and last.dead and last.units and last.layer and last.samples)
      or last.samples < SAMPLES or last.units < UNITS or last.dead < SHARE * last.units then
      return nil
    end
    local share = last.dead / last.units
    return ("%.0f of %.0f units of %s are 0 for all of %.0f samples and learn nothing more: a "
      .. "lower rate or schedule.warmup, nn.leaky_relu, or nn.batchnorm before it"):format(
      last.dead, last.units, last.layer, last.samples), share
  end,
}
