--- Flags of all verbs that a verb has no use for: it refuses them, and its help lists none. (Those
--- that change a recipe are verbs.refused's affair.) Layer: cli.

local TRAINS_NOTHING = "threads lua-memory lua-seconds"
local READS_NOTHING = "data allow-read allow-write memory disk files log " .. TRAINS_NOTHING

return {
  resume = "out", extend = "out", continue = "out", eval = "out", generate = "out",
  compare = "out allow-write", diff = "out allow-write", data = "out allow-write",
  init = "out allow-read allow-write",
  trust = "out sandbox trusted " .. READS_NOTHING,
  help = "out sandbox trusted quiet " .. READS_NOTHING,
}
