--- What help says of verbs at length, where verbs.lua would be too long with it. Layer: cli.

return {
  continue = [[
RUN has ended, was interrupted or killed. It goes on from its last checkpoint with its weights, the
optimizer's moments, its place in the data and its best epoch, in the same folder; history.jsonl,
report, compare and diff say so, lrrun resume goes on with it when it is stopped, and a packed run
is replayed with all of it. --lr and --set optimizer.lr change the rate that the recipe's schedule
goes by, which stays where it is on its curve; --set schedule=schedule.linear{} begins a new one
there (10*percent is of the whole run). --epochs 60 is the length in all, +30 is more: phases of the
recipe's schedule that take the rest of the run, or a share of it, grow or shrink with it. --set
takes keys of optimizer, schedule, clip, stop, checkpoint and on_divergence as well; stop rules
begin anew. A cut of the rate by on_divergence ends where a rate or schedule is given. Rates of
groups stay as they are. To keep the run as it was, continue a copy of its folder.]],
}
