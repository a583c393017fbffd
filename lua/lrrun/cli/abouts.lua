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
  eval = [[
FILE is what predict takes, with targets: a table with the target's column, a folder of class
folders, an array with --targets, rows of numbers with the class or target behind them. Rows
without a target or of a class that the training data have not are left out, and that is said.]],
  generate = [[
RUN is one on data.text or data.imdb with task = "lm" whose network gives the next token at each
step and looks at none that come after it: attention with causal = true, recurrent layers without
bidirectional, conv1d with padding = "causal" or a kernel of 1, layers that treat each step alone.
What it has seen is kept, so a token costs one step of the network; the same seed gives the same
text for any number of threads. Each token is drawn by its probability: sharpened by --temperature
below 1, only among the --top-k most probable, and of these among the first that have --top-p of
their sum together. A model whose window is full forgets the first half of it and goes on, which is
said. Control characters are shown, not sent; with --json the text comes at the end as { run,
prompt, text, tokens, ids, seconds, tokens_per_second, stopped_by = tokens, stop or end, ... }.
train.generate does the same in a script.]],
}
