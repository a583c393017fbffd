--- Note: what the plan warned of, which the run has said before its first epoch. Layer: notes.

return {
  kind = "plan",
  doc = "what lrrun plan warns of, also printed before the first epoch (its "
    .. "hints are not)",
  see = function(seen)
    return seen.run.seen.mistakes
  end,
}
