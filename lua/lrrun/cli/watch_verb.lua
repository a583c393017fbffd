--- The verb watch, for verbs.lua. Layer: cli.

return {
  "watch", args = { 0, 1, "[RUN|STUDY]" }, module = "lrrun.cli.watch",
  fixed = "it looks at what is there",
  doc = "shows a run or a study while it is trained, from another terminal or machine",
  about = [[
  lrrun watch runs/quickstart-1

reads the folder's files twice a second, so that it works over ssh and on a shared folder: on a
terminal it redraws the last evaluations and the curves in place, elsewhere each evaluation is a
line of its own. Without RUN it takes the newest in the folder of --out that is being trained, else
the newest. It ends when the run does, with the run's exit status: 0, 3 where it diverged, 130 where
it was interrupted, 1 where it has died: no process has its folder and no end was written. Where no
process was ever seen, as on another machine whose locks do not reach here, it is taken for dead
after --stale seconds, or three times the longest evaluation, without a sign. Ctrl-C ends the
watching (130), not the run.]],
  flags = {
    { "stale", "SECONDS", type = "number",
      doc = "without a sign of a process that is nowhere to be seen (default: 60)" },
  },
}
