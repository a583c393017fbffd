--- What `lrrun plan --ranks N` prints of them. Layer: cli.

local counted = require "lrrun.util.counted"
local thousands = require("lrrun.data.dataset").thousands

local function held_text(r)
  if r.idle > 0 then
    return ("one each, and %d rank%s have nothing to do"):format(r.idle, r.idle > 1 and "s" or "")
  elseif r.fewest == r.most then
    return ("%d each"):format(r.most)
  end
  return ("%d or %d each, which is the time of %d"):format(r.fewest, r.most, r.most)
end

--- Prints them.
---@param out table
---@param r table of plan/ranks.lua
return function(out, r)
  out:print("%s  %d of %d shards: %s", out:paint("bold", "ranks"), r.ranks, r.shards, held_text(r))
  if r.shards == 1 then
    out:print "  one shard is one rank's work: want shards = 8, or so, in the recipe"
    return
  end
  out:print("  an update sends %s bytes from each rank, in %s", thousands(r.bytes),
    counted(r.messages, "round"))
  out:print("  one rank on this machine takes %.3g ms (measured); from that is modelled:",
    1e3 * r.step)
  for _, link in ipairs(r.links) do
    out:print("  %3d Gbit/s %8.3g ms, %2.0f %% of it communication; pays up to %d rank%s",
      link.gbit, 1e3 * link.seconds, 100 * link.share, link.best, link.best > 1 and "s" or "")
  end
end
