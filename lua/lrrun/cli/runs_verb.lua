--- The verb runs, for verbs.lua. Layer: cli.

return {
  "runs", args = { 0, 1000, "[FILTER] [FOLDER...]" }, module = "lrrun.cli.runs",
  fixed = "it looks at what is there",
  doc = "what has been trained: runs, studies and range tests, newest first",
  about = [[
  lrrun runs 'val_accuracy>0.9 and optimizer=adam' --sort val_loss

lists what lies in the folder of --out (runs), or in each FOLDER. FILTER compares what is known of a
run: KEY=VALUE, != < <= > >=, with and, or, not and parentheses. KEY is a metric (val_accuracy: of
the best epoch; last.val_accuracy: of the last), a setting (optimizer.lr, or lr where nothing else
ends so; optimizer=adam), or kind (run, study, advice, sensitivity, range), status (running,
stopped, done, early_stop, diverged, interrupted, ...), name, epochs, steps, seconds, params, seed,
recipe, trials, strategy, suggestion. VALUE is a number (also 90%), a word or a text in quotes; * in
it stands for any text: name=cnn*. Of a study the settings are those of its best trial. stopped is
what neither ended nor is being trained: lrrun resume goes on with it.]],
  flags = {
    { "sort", "KEY", once = true, doc = "by that key, a metric with the best first, other numbers "
      .. "from the least up; -KEY: the other way round" },
  },
}
