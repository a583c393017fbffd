--- The verb coord, for verbs.lua. Layer: cli.

return {
  "coord", engine = true, args = { 1, 1, "RECIPE" }, module = "lrrun.cli.coord",
  doc = "checks that activations neither grow nor vanish with the network's width",
  about = [[
The recipe is read at several widths, trained for a few updates at its highest rate (the schedule
is left out), and after each update its first batch goes through the network again. The table has
for each layer with weights the mean |activation| after the last update, and how that goes with
width, as a power of it: +0.5 grows with its root, 0 is flat; beside it the same of how far the
activations have moved since the start. A fault in how a network is parametrised is seen here and
nowhere else: at the base's width all is well. Exponents up to 0.25 count as flat. The output may
begin smaller in wider networks, as it does with transfer = { kind = "mup" }: of it the changes
count. --set transfer.kind=none shows the network as it would be without. Exit status: 0 where all
is flat, 1 else. The folder NAME-coord-N of --out has coord.svg, coord.csv and coord.json; lrrun
help mup says what the parametrisation is. Source: Yang et al., arXiv 2203.03466, appendix D.1.]],
  flags = {
    { "widths", "LIST", once = true, doc = "multiples of the base, rising (default: 1,2,4,8)" },
    { "steps", "N", type = "count", doc = "updates (default: 4)" },
    { "seeds", "K", type = "count", doc = "trainings at each width (default: 3)" },
    { "base", "NAME=N", once = true,
      doc = "what is made wider, an option() or a key, and its value at width 1 (default: the "
        .. "base of transfer)" },
  },
}
